/* Binning: numbers to uint8 codes, as binning.py says. */
#ifndef PLIANT_BINNING_H
#define PLIANT_BINNING_H

#include <stddef.h>
#include <stdint.h>

#define MAX_EDGES 254 /* of a column, so that a code fits into a byte */

/* Writes the codes of `rows` values that lie side by side. A NaN is above no edge and has code 0.
 * It ends, and stays within the edges, whatever they hold. */
void bin_values(const double *edges, size_t n_edges, const double *values, size_t rows,
                uint8_t *codes);

#endif

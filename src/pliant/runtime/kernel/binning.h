/* Binning: numbers to uint8 codes, as binning.py says. */
#ifndef PLIANT_BINNING_H
#define PLIANT_BINNING_H

#include "buffers.h"

#define MAX_EDGES 254 /* of a column, so that a code fits into a byte */

/* Writes the codes of `rows` values that lie side by side. A NaN is above no edge and has code 0.
 * It ends, and stays within the edges, whatever they hold. */
void bin_values(const double *edges, size_t n_edges, const double *values, size_t rows,
                uint8_t *codes);

/* Edges of the columns of a matrix, packed. */
typedef struct Edges Edges;

/* What a capsule of `pack_edges` holds; NULL with an exception when it is none. */
const Edges *edges_of(PyObject *capsule);

/* Takes float64 or float32 values of any strides; -1 with an exception when they are none. */
int take_values(PyObject *array, Py_buffer *view);

/* Whether there are edges for `n` columns of codes, and in `values` all columns that they read. */
int fits_edges(const Edges *m, size_t n, const Py_buffer *values);

/* Writes column c of the codes of some rows, at most BLOCK, side by side, and notes infinities. */
void bin_block(const Edges *m, size_t c, const Py_buffer *values, size_t from, size_t rows,
               uint8_t *codes, int *infinite);

#endif

/* Oblivious trees of up to six levels with int16 leaves: summed by byte shuffles. */
#ifndef PLIANT_QUANTISED_H
#define PLIANT_QUANTISED_H

#include <stddef.h>
#include <stdint.h>

typedef struct Quantised Quantised;

/* The trees in the order of the shuffles; NULL where they are deeper, or memory is short, which
 * costs time and nothing else. `column` are slots of the plane of codes. */
Quantised *pack_quantised(const uint32_t *column, const uint8_t *threshold, const int16_t *leaves,
                          size_t n_trees, size_t depth, double scale);
void free_quantised(Quantised *m);

/* Whether the level in use has byte shuffles. */
int can_run_quantised(void);

/* Bytes of scratch space that a block takes. */
size_t scratch_of_quantised(const Quantised *m);

/* Writes the scaled sums of a block. */
void run_quantised(const Quantised *m, const uint8_t *codes, uint8_t *scratch, double *out);

#endif

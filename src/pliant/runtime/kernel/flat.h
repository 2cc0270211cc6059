/* Oblivious trees of at most six levels with whole-number leaves, packed to be summed by bytes. */
#ifndef PLIANT_FLAT_H
#define PLIANT_FLAT_H

#include "whole.h"

typedef struct FlatTrees FlatTrees;

/* The trees by kind; NULL where they are deeper, or memory is short, which costs time and nothing
 * else. `column` are slots of the plane of codes. */
FlatTrees *pack_flat(const uint32_t *column, const uint8_t *threshold, const int16_t *leaves,
                     size_t n_trees, size_t depth, double scale);
void free_flat(FlatTrees *m);

/* Bytes of scratch space that a block takes. */
size_t scratch_of_flat(const FlatTrees *m);

/* Writes the scaled sums of a block. */
void run_flat(const FlatTrees *m, const uint8_t *codes, uint8_t *scratch, double *out);

#endif

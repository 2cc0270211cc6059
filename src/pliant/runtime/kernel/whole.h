/* Sums of whole-number leaves (int16), made of their bytes by shuffles.
 *
 * A tree's leaf is worth `base + (low << shift)`, where the leaves of a tree need no more than a
 * byte for that, otherwise `base + low + 256 * high`. A level looks up one byte of all rows of a
 * block in few instructions, and sums it in 16 bits; after at most FLUSH trees such sums are added
 * to others of 32 bits, and those, after at most MOST_TREES, to the outputs. Sums of whole numbers
 * are exact, whatever their order.
 */
#ifndef PLIANT_WHOLE_H
#define PLIANT_WHOLE_H

#include "levels.h"
#include "running.h"
#include <stddef.h>
#include <stdint.h>

#define FLUSH 256        /* trees after which sums of bytes might not fit into 16 bits */
#define MOST_TREES 65536 /* trees after which sums of 16 bits might not fit into 32 */
#define DEEPEST 6        /* levels of an oblivious tree that is summed so */
#define TABLE 16         /* bytes that one shuffle picks from */

/* How the leaves of a tree are written as bytes. Trees of one `kind` are summed together. */
typedef struct {
    int32_t base;
    uint8_t shift, wide; /* wide: with high bytes, and no shift */
} Split;

/* Writes the bytes of `n` leaves; those up to `room` are 0. */
Split split_leaves(const int16_t *leaves, size_t n, size_t room, uint8_t *low, uint8_t *high);

#define KINDS 17 /* shifts, and wide */

static inline uint8_t kind_of(Split s)
{
    return s.wide ? KINDS - 1 : s.shift;
}

/* Sums of the low and of the high bytes of a block. A lane of 16 bits holds two rows: `both` sums
 * it as one number, `odd` its upper byte, so that the lower one's sum is `both - 256 * odd`. */
typedef struct {
    uint16_t both[2][BLOCK / 2], odd[2][BLOCK / 2];
} Sums;

/* What the trees of an output add so far to the rows of a block, apart from their bases. */
typedef struct {
    uint32_t even[BLOCK / 2], odd[BLOCK / 2];
    int64_t bases;
} Totals;

/* Adds the sums of trees of one kind to the totals, and clears them. */
void flush(Sums *sums, Split kind, Totals *totals);

/* Adds the totals to the outputs of a block, and clears them. */
void deliver(Totals *totals, double *out);

/* Adds the leaf of each row of a block, given by number, to the sums. `n_tables` is 1, 2, 4, 8 or
 * 16; high bytes may be NULL. */
void add_whole(const uint8_t *numbers, const uint8_t *low, const uint8_t *high, size_t n_tables,
               Sums *sums);

/* An oblivious tree of at most DEEPEST levels. */
typedef struct {
    uint32_t column[DEEPEST];    /* where its codes begin, signed ones */
    uint32_t threshold[DEEPEST]; /* four copies of a signed byte */
    uint8_t low[64], high[64];
} Flat;

/* Adds the leaves of at most FLUSH trees to the sums, which are empty. */
void add_flat(const Flat *trees, size_t n, int wide, const uint8_t *codes, Sums *sums);

/* Whether the level in use has byte shuffles. */
static inline int has_shuffles(void)
{
    return HAVE_AVX2 && level >= WITH_AVX2;
}

#if HAVE_AVX2
void add_whole_avx2(const uint8_t *numbers, const uint8_t *low, const uint8_t *high,
                    size_t n_tables, Sums *sums);
void add_flat_avx2(const Flat *trees, size_t n, int wide, const uint8_t *codes, Sums *sums);
void add_whole_avx512(const uint8_t *numbers, const uint8_t *low, const uint8_t *high,
                      size_t n_tables, Sums *sums);
void add_flat_avx512(const Flat *trees, size_t n, int wide, const uint8_t *codes, Sums *sums);
#endif

#endif

/* Oblivious trees of at most six levels with whole-number leaves: packed, and run by kind. */
#include "flat.h"
#include <stdlib.h>
#include <string.h>

#define LEAVES (1 << DEEPEST)

/* Neighbouring trees of one kind, no more than sums of 16 bits can take. */
typedef struct {
    size_t first, n;
    Split kind;
} Run;

struct FlatTrees {
    Flat *trees;
    Run *runs;
    uint32_t *used; /* slots of the plane of codes */
    size_t n_runs, n_used;
    double scale;
    int64_t bases; /* of all trees */
};

void free_flat(FlatTrees *m)
{
    if (!m)
        return;
    free(m->trees);
    free(m->runs);
    free(m->used);
    free(m);
}

/* Where a slot stands among those used, which it joins. */
static uint32_t place_of(FlatTrees *m, uint32_t slot)
{
    for (size_t i = m->n_used; i-- > 0;)
        if (m->used[i] == slot)
            return (uint32_t)i;
    m->used[m->n_used] = slot;
    return (uint32_t)m->n_used++;
}

static void write_flat(FlatTrees *m, Flat *tree, const uint32_t *column, const uint8_t *threshold,
                       size_t depth)
{
    for (size_t j = 0; j < DEEPEST; j++) {
        const uint8_t limit = (uint8_t)((j < depth ? threshold[j] : 255) ^ 128);
        tree->column[j] = j < depth ? place_of(m, column[j]) * BLOCK : 0;
        tree->threshold[j] = limit * 0x01010101u;
    }
}

/* Adds a tree of a kind to the runs: a new one, or the last. */
static void extend(FlatTrees *m, size_t tree, Split kind)
{
    Run *last = m->n_runs ? &m->runs[m->n_runs - 1] : NULL;
    if (!last || last->n == FLUSH || kind_of(last->kind) != kind_of(kind)) {
        last = &m->runs[m->n_runs++];
        *last = (Run){.first = tree, .kind = kind};
    }
    last->n++;
    m->bases += kind.base;
}

/* Writes the trees, those of one kind together. `kinds` has room for one of each. */
static void fill_flat(FlatTrees *m, const uint32_t *column, const uint8_t *threshold,
                      const int16_t *leaves, size_t n_trees, size_t depth, uint8_t *kinds)
{
    const size_t n_leaves = (size_t)1 << depth;
    uint8_t low[LEAVES], high[LEAVES];
    for (size_t t = 0; t < n_trees; t++)
        kinds[t] = kind_of(split_leaves(leaves + t * n_leaves, n_leaves, LEAVES, low, high));
    size_t at = 0;
    for (uint8_t kind = 0; kind < KINDS; kind++)
        for (size_t t = 0; t < n_trees; t++) {
            Flat *tree = &m->trees[at];
            if (kinds[t] != kind)
                continue;
            write_flat(m, tree, column + t * depth, threshold + t * depth, depth);
            extend(m, at++, split_leaves(leaves + t * n_leaves, n_leaves, LEAVES, tree->low,
                                         tree->high));
        }
}

FlatTrees *pack_flat(const uint32_t *column, const uint8_t *threshold, const int16_t *leaves,
                     size_t n_trees, size_t depth, double scale)
{
    if (depth > DEEPEST || n_trees > MOST_TREES || !HAVE_AVX2)
        return NULL;
    FlatTrees *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->trees = calloc(n_trees + 1, sizeof *m->trees);
    m->runs = calloc(n_trees + 1, sizeof *m->runs);
    m->used = calloc(n_trees * DEEPEST + 1, sizeof *m->used);
    uint8_t *kinds = calloc(n_trees + 1, 1);
    if (!m->trees || !m->runs || !m->used || !kinds) {
        free(kinds);
        free_flat(m);
        return NULL;
    }
    m->scale = scale;
    fill_flat(m, column, threshold, leaves, n_trees, depth, kinds);
    free(kinds);
    return m;
}

size_t scratch_of_flat(const FlatTrees *m)
{
    return (m->n_used + 1) * BLOCK;
}

/* Copies the columns in use, as if bytes were signed: so they are compared. */
ALWAYS_INLINE void sign_all(const FlatTrees *m, const uint8_t *codes, uint8_t *scratch)
{
    for (size_t u = 0; u < m->n_used; u++) {
        const uint8_t *restrict from = codes + (size_t)m->used[u] * BLOCK;
        uint8_t *restrict to = scratch + u * BLOCK;
        for (size_t r = 0; r < BLOCK; r++)
            to[r] = from[r] ^ 128;
    }
}

DISPATCH(sign, sign_all, (const FlatTrees *m, const uint8_t *codes, uint8_t *scratch),
         (m, codes, scratch))

ALWAYS_INLINE void scale_all(double scale, double *out)
{
    for (size_t r = 0; r < BLOCK; r++)
        out[r] *= scale;
}

DISPATCH(scale_block, scale_all, (double scale, double *out), (scale, out))

void run_flat(const FlatTrees *m, const uint8_t *codes, uint8_t *scratch, double *out)
{
    Sums sums = {0};
    Totals totals = {.bases = m->bases};
    memset(out, 0, BLOCK * sizeof *out);
    sign(m, codes, scratch);
    for (size_t i = 0; i < m->n_runs; i++) {
        const Run *run = &m->runs[i];
        add_flat(m->trees + run->first, run->n, run->kind.wide, scratch, &sums);
        flush(&sums, run->kind, &totals);
    }
    deliver(&totals, out);
    scale_block(m->scale, out);
}

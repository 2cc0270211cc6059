/* General trees, as trees.py says, to the last bit.
 *
 * A row alone walks down several trees at once. Many rows go through a tree of up to 256 leaves
 * from its leaves up: with a code a byte, a whole block answers a question in a few instructions,
 * and the number of the leaf below a node is chosen byte by byte from those of its children. So a
 * tree costs its number of nodes, but for a block, and no branch is guessed. Trees with more
 * leaves are walked, several rows at once.
 */
#include "general.h"

/* ---- a row alone ------------------------------------------------------------------------ */

ALWAYS_INLINE uint32_t step(const Slot *slots, uint32_t at, const uint8_t *x, size_t stride)
{
    const Slot s = slots[at];
    return s.child + (x[(size_t)(s.question >> 8) * stride] > (uint8_t)s.question);
}

/* Walks LANES trees or rows at once to their leaves; the row of lane l is at x + l * apart. */
ALWAYS_INLINE void walk(const Slot *slots, const uint8_t *x, size_t stride, size_t apart,
                        uint32_t *at)
{
    uint32_t moved;
    do {
        for (size_t l = 0; l < LANES; l++)
            at[l] = step(slots, at[l], x + l * apart, stride);
        moved = 0;
        for (size_t l = 0; l < LANES; l++) {
            uint32_t next = step(slots, at[l], x + l * apart, stride);
            moved |= next ^ at[l];
            at[l] = next;
        }
    } while (moved);
}

static void general_row(const General *m, const uint8_t *x, double *out)
{
    for (size_t t = 0; t < m->n_trees; t += LANES) {
        uint32_t at[LANES];
        const size_t count = m->n_trees - t < LANES ? m->n_trees - t : LANES;
        for (size_t l = 0; l < LANES; l++)
            at[l] = m->trees[t + (l < count ? l : 0)].slot;
        if (m->n_inner)
            walk(m->slots, x, 1, 0, at);
        for (size_t l = 0; l < count; l++)
            for (size_t v = 0; v < m->n_values; v++)
                out[m->trees[t + l].output + v] += (double)m->leaves[m->leaf_at[at[l]] + v];
    }
}

/* ---- a block ---------------------------------------------------------------------------- */

ALWAYS_INLINE void choose_all(const Choice *choices, size_t n, const uint8_t *codes,
                              uint8_t *scratch)
{
    uint8_t *restrict to = scratch + CONSTANTS * BLOCK;
    for (size_t i = 0; i < n; i++, to += BLOCK) {
        const uint8_t *restrict column = codes + choices[i].column;
        const uint8_t *restrict left = scratch + choices[i].left;
        const uint8_t *restrict right = scratch + choices[i].right;
        const uint8_t threshold = choices[i].threshold;
        NO_OVERLAP
        for (size_t r = 0; r < BLOCK; r++) {
            const uint8_t a = left[r], b = right[r]; /* both are read: a choice without branches */
            to[r] = column[r] > threshold ? b : a;
        }
    }
}

DISPATCH(choose, choose_all,
         (const Choice *choices, size_t n, const uint8_t *codes, uint8_t *scratch),
         (choices, n, codes, scratch))

/* A tree with many leaves: the lanes are rows. Rows beyond the block's are walked in vain. */
static void walk_block(const General *m, const Tree *tree, const uint8_t *codes, size_t rows,
                       double *out)
{
    for (size_t r = 0; r < rows; r += LANES) {
        uint32_t at[LANES];
        for (size_t l = 0; l < LANES; l++)
            at[l] = tree->slot;
        walk(m->slots, codes + r, BLOCK, 1, at);
        for (size_t l = 0; l < LANES; l++)
            for (size_t v = 0; v < m->n_values; v++)
                out[v * BLOCK + r + l] += (double)m->leaves[m->leaf_at[at[l]] + v];
    }
}

static void general_block(const General *m, const Planes *at, size_t rows, double *out)
{
    for (size_t t = 0; t < m->n_trees;) {
        const Tree *tree = &m->trees[t];
        if (tree->n == LARGE) {
            walk_block(m, tree, at->codes, rows, out + tree->output * BLOCK);
            t++;
            continue;
        }
        uint8_t numbers[TOGETHER][BLOCK];
        const float *values[TOGETHER];
        size_t count = 0;
        for (; count < TOGETHER && t < m->n_trees && m->trees[t].n != LARGE &&
               m->trees[t].output == tree->output;
             count++, t++) {
            const Tree *next = &m->trees[t];
            choose(m->choices + next->first, next->n, at->codes, at->scratch);
            memcpy(numbers[count], at->scratch + next->root, BLOCK);
            values[count] = m->values + next->leaves;
        }
        add_leaves(values, (const uint8_t (*)[BLOCK])numbers, count, m->n_values, rows,
                   out + tree->output * BLOCK);
    }
}

/* Whether two trees add to one output in the same way. */
static int are_alike(const Tree *a, const Tree *b)
{
    return a->output == b->output && b->n != LARGE && kind_of(a->split) == kind_of(b->split);
}

/* Adds the leaves of neighbouring trees that are alike, FLUSH of them at most; returns how many. */
static size_t add_alike(const General *m, size_t first, const Planes *at, Totals *totals)
{
    Sums sums = {0};
    const Tree *tree = &m->trees[first];
    size_t n = 0;
    for (; n < FLUSH && first + n < m->n_trees && are_alike(tree, tree + n); n++) {
        const uint8_t *low = m->bytes + tree[n].bytes;
        const uint8_t *high = tree[n].split.wide ? low + TABLE * tree[n].n_tables : NULL;
        choose(m->choices + tree[n].first, tree[n].n, at->codes, at->scratch);
        add_whole(at->scratch + tree[n].root, low, high, tree[n].n_tables, &sums);
        totals->bases += tree[n].split.base;
    }
    flush(&sums, tree->split, totals);
    return n;
}

/* The same with whole-number leaves, whose sums are made of bytes. */
static void whole_block(const General *m, const Planes *at, size_t rows, double *out)
{
    Totals totals = {0};
    size_t summed = 0;
    for (size_t t = 0; t < m->n_trees;) {
        const Tree *tree = &m->trees[t];
        double *to = out + tree->output * BLOCK;
        if (tree->n == LARGE) {
            walk_block(m, tree, at->codes, rows, to);
            t++;
            continue;
        }
        const size_t n = add_alike(m, t, at, &totals);
        t += n;
        summed += n;
        if (t == m->n_trees || m->trees[t].output != tree->output || m->trees[t].n == LARGE ||
            summed + FLUSH > MOST_TREES) {
            deliver(&totals, to);
            summed = 0;
        }
    }
}

void run_general(const Step *s, const Planes *at, size_t stride, size_t rows)
{
    const General *m = s->model;
    double *out = at->values + s->out * stride;
    memset(out, 0, s->n * stride * sizeof *out);
    if (stride == 1)
        general_row(m, at->codes, out);
    else if (m->bytes && has_shuffles())
        whole_block(m, at, rows, out);
    else
        general_block(m, at, rows, out);
    scale_outputs(m->scale, s->n, stride, rows, out);
}

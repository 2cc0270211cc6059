/* Oblivious trees, as trees.py says, to the last bit: one question a level, so that the number of
 * a row's leaf is made of bits, one a question. A block answers a question in a few instructions.
 *
 * Whole-number leaves of trees of up to six levels are summed by flat.c where it can run.
 */
#include "flat.h"
#include "program.h"
#include "sums.h"

#define MAX_DEPTH 16 /* of a tree */

typedef struct {
    uint32_t *column; /* (T, D): the slot in the plane of codes */
    uint8_t *threshold;
    float *leaves;
    double *scale; /* of whole-number leaves, or NULL */
    FlatTrees *flat; /* the same trees, or NULL */
    size_t n_trees, depth, n_values;
} Oblivious;

static void free_oblivious(void *model)
{
    Oblivious *m = model;
    free(m->column);
    free(m->threshold);
    free(m->leaves);
    free(m->scale);
    free_flat(m->flat);
    free(m);
}

/* ---- a row alone ------------------------------------------------------------------------ */

/* `depth` and `n_values` may be constants where this is inlined: then loops are unrolled, and a sum
 * stays in a register. */
ALWAYS_INLINE void row_of(const Oblivious *m, const uint8_t *x, size_t depth, size_t n_values,
                          double *restrict out)
{
    const uint32_t *column = m->column;
    const uint8_t *threshold = m->threshold;
    double sum = out[0];
    for (size_t t = 0; t < m->n_trees; t++, column += depth, threshold += depth) {
        size_t leaf = t << depth;
        for (size_t j = 0; j < depth; j++)
            leaf |= (size_t)(x[column[j]] > threshold[j]) << j;
        sum += (double)m->leaves[leaf * n_values];
        for (size_t v = 1; v < n_values; v++)
            out[v] += (double)m->leaves[leaf * n_values + v];
    }
    out[0] = sum;
}

static void oblivious_row(const Oblivious *m, const uint8_t *x, double *out)
{
    if (m->depth == 6 && m->n_values == 1)
        row_of(m, x, 6, 1, out);
    else if (m->depth == 7 && m->n_values == 1)
        row_of(m, x, 7, 1, out);
    else
        row_of(m, x, m->depth, m->n_values, out);
}

/* ---- a block ---------------------------------------------------------------------------- */

/* Sets bit j of byte r to "the code of row r at level j is above its threshold", for 8 levels. It
 * is written for vectors of `type`, which stay in registers from the first level to the last. */
#define ANSWER(type)                                                                              \
    type sums[BLOCK / sizeof(type)] = {{0}};                                                      \
    for (size_t j = 0; j < levels; j++) {                                                         \
        const type *at = (const type *)(const void *)(codes + (size_t)column[j] * BLOCK);         \
        const type limit = (type){0} + threshold[j], bit = (type){0} + (uint8_t)(1u << j);        \
        for (size_t i = 0; i < BLOCK / sizeof(type); i++)                                         \
            sums[i] |= (type)(at[i] > limit) & bit;                                               \
    }                                                                                             \
    memcpy(bits, sums, BLOCK);

#if HAVE_AVX2
AVX2 static void answer_avx2(const uint8_t *codes, const uint32_t *column, const uint8_t *threshold,
                             size_t levels, uint8_t *bits)
{
    ANSWER(Bytes32)
}
#endif

static void answer(const uint8_t *codes, const uint32_t *column, const uint8_t *threshold,
                   size_t levels, uint8_t *bits)
{
#if HAVE_AVX2
    if (level >= WITH_AVX2) {
        answer_avx2(codes, column, threshold, levels, bits);
        return;
    }
#endif
#if HAVE_VECTORS
    ANSWER(Bytes16)
#else
    memset(bits, 0, BLOCK);
    for (size_t j = 0; j < levels; j++)
        for (size_t r = 0; r < BLOCK; r++)
            bits[r] |= (uint8_t)((codes[(size_t)column[j] * BLOCK + r] > threshold[j]) << j);
#endif
}

/* Trees of up to 8 levels, a few at once. */
static void shallow_block(const Oblivious *m, const uint8_t *codes, size_t rows, double *out)
{
    const size_t size = m->n_values << m->depth;
    for (size_t t = 0; t < m->n_trees; t += TOGETHER) {
        uint8_t numbers[TOGETHER][BLOCK];
        const float *values[TOGETHER];
        const size_t count = m->n_trees - t < TOGETHER ? m->n_trees - t : TOGETHER;
        for (size_t i = 0; i < count; i++) {
            answer(codes, m->column + (t + i) * m->depth, m->threshold + (t + i) * m->depth,
                   m->depth, numbers[i]);
            values[i] = m->leaves + (t + i) * size;
        }
        add_leaves(values, (const uint8_t (*)[BLOCK])numbers, count, m->n_values, rows, out);
    }
}

/* Deeper trees: the numbers of their leaves take two bytes. */
static void deep_block(const Oblivious *m, const uint8_t *codes, size_t rows, double *out)
{
    for (size_t t = 0; t < m->n_trees; t++) {
        const uint32_t *column = m->column + t * m->depth;
        const uint8_t *threshold = m->threshold + t * m->depth;
        const float *leaves = m->leaves + t * (m->n_values << m->depth);
        uint8_t low[BLOCK], high[BLOCK];
        answer(codes, column, threshold, 8, low);
        answer(codes, column + 8, threshold + 8, m->depth - 8, high);
        for (size_t v = 0; v < m->n_values; v++)
            for (size_t r = 0; r < rows; r++)
                out[v * BLOCK + r] +=
                    (double)leaves[(low[r] | (size_t)high[r] << 8) * m->n_values + v];
    }
}

static void oblivious(const Step *s, const Planes *at, size_t stride, size_t rows)
{
    const Oblivious *m = s->model;
    double *out = at->values + s->out * stride;
    if (stride > 1 && m->flat && has_shuffles()) {
        run_flat(m->flat, at->codes, at->scratch + CONSTANTS * BLOCK, out);
        return;
    }
    memset(out, 0, s->n * stride * sizeof *out);
    if (stride == 1)
        oblivious_row(m, at->codes, out);
    else if (m->depth <= 8)
        shallow_block(m, at->codes, rows, out);
    else
        deep_block(m, at->codes, rows, out);
    scale_outputs(m->scale, s->n, stride, rows, out);
}

/* ---- packing ---------------------------------------------------------------------------- */

static int fill_oblivious(Oblivious *m, const Pack *p, const Py_buffer *v, const Py_buffer *scale)
{
    const size_t n = m->n_trees * m->depth;
    const uint16_t *feature = v[0].buf;
    m->column = calloc(n + 1, sizeof *m->column);
    m->threshold = copy_of(&v[1]);
    if (!m->column || !m->threshold || float_leaves(&v[2], &m->leaves) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    if (below(feature, (Py_ssize_t)n, p->step->n_in) < 0 ||
        scale_of(scale, m->n_values, &m->scale) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        m->column[i] = p->step->in[feature[i]];
    if (m->scale && m->n_values == 1)
        m->flat = pack_flat(m->column, m->threshold, v[2].buf, m->n_trees, m->depth, m->scale[0]);
    return 0;
}

static int pack_shapes(Pack *p, const Py_buffer *v, const Py_buffer *scale)
{
    const Py_ssize_t trees = v[0].shape[0], depth = v[0].shape[1], values = v[2].shape[2];
    Oblivious *m = NULL;
    if (v[1].shape[0] != trees || v[1].shape[1] != depth || v[2].shape[0] != trees)
        fail("expected feature and threshold of one shape, and leaves of as many trees");
    else if (depth > MAX_DEPTH || v[2].shape[1] != (Py_ssize_t)1 << depth || values < 1 ||
             (size_t)values != p->step->number)
        fail("expected a depth of at most 16, 2**depth leaves, and as many outputs as values");
    else if (!(m = calloc(1, sizeof *m)))
        PyErr_NoMemory();
    if (!m)
        return -1;
    p->step->model = m;
    p->step->drop = free_oblivious;
    m->n_trees = (size_t)trees, m->depth = (size_t)depth, m->n_values = (size_t)values;
    if (fill_oblivious(m, p, v, scale) < 0)
        return -1;
    p->step->apply = oblivious;
    p->step->cost = m->n_trees;
    p->step->scratch = m->flat ? scratch_of_flat(m->flat) : 0;
    return new_wire(p, VALUES, m->n_values);
}

int pack_oblivious(Pack *p)
{
    static const Want wants[] = {{"feature", U16, 2, 0, 0}, {"threshold", U8, 2, 0, 0}};
    Py_buffer v[4] = {{0}};
    int done = -1;
    if (read_inputs(p, CODES, 1) == 0 && p->n_arrays >= 3 &&
        take_all(p->arrays, 2, wants, v, 2) == 0 && take_leaves(p, 2, 3, &v[2]) == 0)
        done = pack_shapes(p, v, &v[3]);
    else if (!PyErr_Occurred())
        fail("expected the arrays of oblivious trees");
    release(v, 4);
    return done;
}

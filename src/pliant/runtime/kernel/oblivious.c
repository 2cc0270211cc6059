/* Oblivious trees: one question a level, so that a row's leaf is a number made of bits. */
#include "module.h"
#include "trees.h"

#define MAX_DEPTH 16 /* of a tree */

typedef struct {
    uint16_t *feature; /* (T, D), as given */
    uint16_t *place;   /* (T, D): the same, as an index into `used` */
    uint16_t *used;    /* the features that any tree reads */
    uint8_t *threshold;
    float *leaves;
    size_t n_trees, depth, n_values, n_used, width;
} Oblivious;

#define OBLIVIOUS "pliant.oblivious_trees"

static void free_oblivious(Oblivious *m)
{
    free(m->feature);
    free(m->place);
    free(m->used);
    free(m->threshold);
    free(m->leaves);
    free(m);
}

static void drop_oblivious(PyObject *capsule)
{
    free_oblivious(PyCapsule_GetPointer(capsule, OBLIVIOUS));
}

/* Lists the features in use, and where each of them stands in that list. */
static int place_features(Oblivious *m)
{
    size_t n = m->n_trees * m->depth;
    int32_t *place = calloc(UINT16_MAX + 1, sizeof *place); /* 1 + place, 0 if unused */
    m->used = calloc(n < UINT16_MAX ? n + 1 : UINT16_MAX + 1, sizeof *m->used);
    m->place = calloc(n + 1, sizeof *m->place);
    if (!place || !m->used || !m->place) {
        free(place);
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        uint16_t f = m->feature[i];
        if (!place[f]) {
            m->used[m->n_used++] = f;
            place[f] = (int32_t)m->n_used;
        }
        m->place[i] = (uint16_t)(place[f] - 1);
        if (f >= m->width)
            m->width = (size_t)f + 1;
    }
    free(place);
    return 0;
}

static PyObject *pack_oblivious_views(const Py_buffer *v)
{
    Py_ssize_t trees = v[0].shape[0], depth = v[0].shape[1], values = v[2].shape[2];
    if (v[1].shape[0] != trees || v[1].shape[1] != depth || v[2].shape[0] != trees)
        return fail("expected feature and threshold of one shape, and leaves of as many trees");
    if (depth > MAX_DEPTH || v[2].shape[1] != (Py_ssize_t)1 << depth || values < 1)
        return fail("expected a depth of at most 16, and 2**depth leaves of one value or more");
    Oblivious *m = calloc(1, sizeof *m);
    if (!m)
        return PyErr_NoMemory();
    m->n_trees = (size_t)trees, m->depth = (size_t)depth, m->n_values = (size_t)values;
    m->feature = copy_of(&v[0]);
    m->threshold = copy_of(&v[1]);
    m->leaves = copy_of(&v[2]);
    PyObject *capsule = NULL;
    if (!m->feature || !m->threshold || !m->leaves || place_features(m) < 0)
        PyErr_NoMemory();
    else
        capsule = PyCapsule_New(m, OBLIVIOUS, drop_oblivious);
    if (!capsule)
        free_oblivious(m);
    return capsule;
}

PyObject *pack_oblivious(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    static const Want wants[] = {
        {"feature", U16, 2, 0}, {"threshold", U8, 2, 0}, {"leaves", F32, 3, 0}};
    Py_buffer views[3] = {{0}};
    (void)self;
    PyObject *packed = NULL;
    if (take_all(args, n_args, wants, views, 3) == 0)
        packed = pack_oblivious_views(views);
    release(views, 3);
    return packed;
}

static void oblivious_row(const Oblivious *m, const uint8_t *x, double *out)
{
    const uint16_t *feature = m->feature;
    const uint8_t *threshold = m->threshold;
    const size_t tree_size = m->n_values << m->depth;
    for (size_t t = 0; t < m->n_trees; t++) {
        size_t leaf = 0;
        for (size_t j = 0; j < m->depth; j++)
            leaf |= (size_t)(x[feature[j]] > threshold[j]) << j;
        add_values(m->leaves + t * tree_size + leaf * m->n_values, m->n_values, out);
        feature += m->depth;
        threshold += m->depth;
    }
}

/* One level: marks with `bit` each row whose code is above the limit. A function of its own, and
 * a mask instead of a choice, so that compilers vectorise over rows and not over levels. */
NOINLINE static void mark(const uint8_t *restrict column, uint8_t limit, uint8_t bit,
                          uint8_t *restrict bits)
{
    for (int r = 0; r < BLOCK; r++)
        bits[r] |= (uint8_t)(-(column[r] > limit) & bit);
}

/* Sets bit j of byte r to "column[place[j]][r] > threshold[j]", for at most 8 levels. */
static void compare(const uint8_t *columns, const uint16_t *place, const uint8_t *threshold,
                    size_t levels, uint8_t *bits)
{
    memset(bits, 0, BLOCK);
    for (size_t j = 0; j < levels; j++)
        mark(columns + (size_t)place[j] * BLOCK, threshold[j], (uint8_t)(1u << j), bits);
}

/* One tree, `count` rows whose columns lie transposed in the scratch space. */
static void oblivious_tree(const Job *job, size_t t, double *restrict out, size_t count)
{
    const Oblivious *m = job->model;
    const size_t depth = m->depth, values = m->n_values, low = depth < 8 ? depth : 8;
    const uint16_t *place = m->place + t * depth;
    const uint8_t *threshold = m->threshold + t * depth;
    const float *restrict leaves = m->leaves + t * (values << depth);
    uint8_t bits[BLOCK], high[BLOCK];
    compare(job->scratch, place, threshold, low, bits);
    if (depth > 8) {
        compare(job->scratch, place + 8, threshold + 8, depth - 8, high);
    } else if (values == 1) {
        for (size_t r = 0; r < count; r++)
            out[r] += (double)leaves[bits[r]];
        return;
    } else {
        memset(high, 0, BLOCK);
    }
    for (size_t r = 0; r < count; r++)
        add_values(leaves + (bits[r] | (size_t)high[r] << 8) * values, values, out + r * values);
}

static void oblivious_rows(const Job *job, size_t from, size_t to)
{
    const Oblivious *m = job->model;
    memset(job->out + from * job->n_outputs, 0, (to - from) * job->n_outputs * sizeof(double));
    for (size_t start = from; start < to; start += BLOCK) {
        size_t count = to - start < BLOCK ? to - start : BLOCK;
        const uint8_t *codes = job->codes + start * job->width;
        double *out = job->out + start * job->n_outputs;
        if (count < BLOCK / 8) {
            for (size_t r = 0; r < count; r++)
                oblivious_row(m, codes + r * job->width, out + r * job->n_outputs);
            continue;
        }
        for (size_t u = 0; u < m->n_used; u++)
            for (size_t r = 0; r < count; r++)
                job->scratch[u * BLOCK + r] = codes[r * job->width + m->used[u]];
        for (size_t t = 0; t < m->n_trees; t++)
            oblivious_tree(job, t, out, count);
    }
}

static int run_oblivious(const Oblivious *m, Job *job, size_t n)
{
    job->model = m;
    if (!fits(job, m->width, m->n_values == job->n_outputs))
        return -1;
    if (n >= BLOCK / 8) {
        job->scratch = calloc(m->n_used + 1, BLOCK);
        if (!job->scratch) {
            PyErr_NoMemory();
            return -1;
        }
    }
    int done = run(oblivious_rows, job, n, m->n_trees);
    free(job->scratch);
    return done;
}

PyObject *oblivious_trees(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    Py_buffer views[2] = {{0}};
    Job job;
    int done = -1;
    (void)self;
    if (job_of(args, n_args, views, &job) == 0) {
        const Oblivious *m = PyCapsule_GetPointer(args[0], OBLIVIOUS);
        if (m)
            done = run_oblivious(m, &job, (size_t)views[0].shape[0]);
    }
    release(views, 2);
    return done < 0 ? NULL : Py_NewRef(Py_None);
}

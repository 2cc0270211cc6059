/* General trees: packed once, then walked to their leaves, several walks in flight. */
#include "module.h"
#include "trees.h"

/* Inner node i owns two neighbouring slots, 2i and 2i + 1, that hold a copy of its left and its
 * right child; slot 2N + t holds the root of tree t. One step of a walk is then
 * `slot = child + (code > threshold)`, and a leaf steps onto itself, as no code exceeds 255. */
typedef struct {
    uint32_t child;
    uint16_t feature;
    uint8_t threshold;
    uint8_t unused;
} Slot;

typedef struct {
    Slot *slots;
    uint32_t *leaf_at; /* of a slot: where its values start in `leaves` */
    uint16_t *output;
    float *leaves;
    size_t n_inner, n_trees, n_values, width, n_outputs; /* width: max feature + 1 */
} General;

#define GENERAL "pliant.general_trees"

static void free_general(General *m)
{
    free(m->slots);
    free(m->leaf_at);
    free(m->output);
    free(m->leaves);
    free(m);
}

static void drop_general(PyObject *capsule)
{
    free_general(PyCapsule_GetPointer(capsule, GENERAL));
}

typedef struct {
    const uint16_t *feature;
    const uint8_t *threshold;
    int64_t n_leaves;
} Source;

/* Fills one slot with a copy of `child`; -1 when it is out of range or not above `parent`. */
static int fill_slot(General *m, const Source *from, size_t slot, int64_t parent, int64_t child)
{
    if (child < 0) {
        if (~child >= from->n_leaves)
            return -1;
        m->slots[slot] = (Slot){(uint32_t)slot, 0, 255, 0};
        m->leaf_at[slot] = (uint32_t)((size_t)~child * m->n_values);
        return 0;
    }
    if (child <= parent || child >= (int64_t)m->n_inner)
        return -1;
    Slot copy = {(uint32_t)(2 * child), from->feature[child], from->threshold[child], 0};
    if (copy.feature >= m->width)
        m->width = (size_t)copy.feature + 1;
    m->slots[slot] = copy;
    return 0;
}

static int fill_general(General *m, const Source *from, const int32_t *left, const int32_t *right,
                        const int32_t *root)
{
    size_t n = m->n_inner;
    m->width = n > 0; /* a walk that has ended still reads feature 0 */
    for (size_t i = 0; i < n; i++)
        if (fill_slot(m, from, 2 * i, (int64_t)i, left[i]) < 0 ||
            fill_slot(m, from, 2 * i + 1, (int64_t)i, right[i]) < 0)
            return -1;
    for (size_t t = 0; t < m->n_trees; t++) {
        if (fill_slot(m, from, 2 * n + t, -1, root[t]) < 0)
            return -1;
        if (m->output[t] + m->n_values > m->n_outputs)
            m->n_outputs = m->output[t] + m->n_values;
    }
    return 0;
}

static PyObject *pack_general_views(const Py_buffer *v)
{
    Py_ssize_t n = v[0].shape[0], trees = v[4].shape[0];
    Py_ssize_t n_leaves = v[6].shape[0], values = v[6].shape[1];
    if (v[1].shape[0] != n || v[2].shape[0] != n || v[3].shape[0] != n || v[5].shape[0] != trees)
        return fail("expected feature, threshold, left, right of one length, and root, output");
    if (values < 1 || n > INT32_MAX / 4 || trees > INT32_MAX / 4 || v[6].len / 4 > INT32_MAX)
        return fail("expected one value a leaf or more, and fewer than 2**29 nodes");
    size_t n_slots = 2 * (size_t)n + (size_t)trees;
    General *m = calloc(1, sizeof *m);
    if (!m)
        return PyErr_NoMemory();
    m->n_inner = (size_t)n, m->n_trees = (size_t)trees, m->n_values = (size_t)values;
    m->slots = calloc(n_slots + 1, sizeof *m->slots);
    m->leaf_at = calloc(n_slots + 1, sizeof *m->leaf_at);
    m->output = copy_of(&v[5]);
    m->leaves = copy_of(&v[6]);
    PyObject *capsule = NULL;
    Source from = {v[0].buf, v[1].buf, n_leaves};
    if (!m->slots || !m->leaf_at || !m->output || !m->leaves)
        PyErr_NoMemory();
    else if (fill_general(m, &from, v[2].buf, v[3].buf, v[4].buf) < 0)
        fail("expected each child to be a leaf or a node after its parent, got another index");
    else
        capsule = PyCapsule_New(m, GENERAL, drop_general);
    if (!capsule)
        free_general(m);
    return capsule;
}

PyObject *pack_general(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    static const Want wants[] = {{"feature", U16, 1, 0}, {"threshold", U8, 1, 0},
                                 {"left", I32, 1, 0},    {"right", I32, 1, 0},
                                 {"root", I32, 1, 0},    {"output", U16, 1, 0},
                                 {"leaves", F32, 2, 0}};
    Py_buffer views[7] = {{0}};
    (void)self;
    PyObject *packed = NULL;
    if (take_all(args, n_args, wants, views, 7) == 0)
        packed = pack_general_views(views);
    release(views, 7);
    return packed;
}

static inline uint32_t step(const Slot *slots, uint32_t at, const uint8_t *x)
{
    const Slot *s = &slots[at];
    return s->child + (x[s->feature] > s->threshold);
}

/* Walks LANES trees at once to their leaves: lane l from slot at[l] with row x + l * stride. */
static inline void walk(const Slot *slots, const uint8_t *x, size_t stride, uint32_t *at)
{
    uint32_t moved;
    do {
        for (size_t l = 0; l < LANES; l++)
            at[l] = step(slots, at[l], x + l * stride);
        moved = 0;
        for (size_t l = 0; l < LANES; l++) {
            uint32_t next = step(slots, at[l], x + l * stride);
            moved |= next ^ at[l];
            at[l] = next;
        }
    } while (moved);
}

static inline void add_leaf(const General *m, uint32_t slot, double *out)
{
    add_values(m->leaves + m->leaf_at[slot], m->n_values, out);
}

/* One row: the lanes are trees. */
static void general_row(const General *m, const uint8_t *x, double *out)
{
    const size_t roots = 2 * m->n_inner, n = m->n_trees;
    for (size_t t = 0; t < n; t += LANES) {
        uint32_t at[LANES];
        size_t count = n - t < LANES ? n - t : LANES;
        for (size_t l = 0; l < LANES; l++)
            at[l] = (uint32_t)(roots + t + (l < count ? l : 0));
        if (m->n_inner)
            walk(m->slots, x, 0, at);
        for (size_t l = 0; l < count; l++)
            add_leaf(m, at[l], out + m->output[t + l]);
    }
}

/* One tree, `count` rows, a multiple of LANES: the lanes are rows. */
static void general_tree(const Job *job, size_t t, const uint8_t *codes, double *out, size_t count)
{
    const General *m = job->model;
    const uint32_t root = (uint32_t)(2 * m->n_inner + t);
    for (size_t r = 0; r < count; r += LANES) {
        uint32_t at[LANES];
        for (int l = 0; l < LANES; l++)
            at[l] = root;
        if (m->n_inner)
            walk(m->slots, codes + r * job->width, job->width, at);
        for (size_t l = 0; l < LANES; l++)
            add_leaf(m, at[l], out + (r + l) * job->n_outputs + m->output[t]);
    }
}

static void general_rows(const Job *job, size_t from, size_t to)
{
    const General *m = job->model;
    memset(job->out + from * job->n_outputs, 0, (to - from) * job->n_outputs * sizeof(double));
    for (size_t start = from; start < to; start += BLOCK) {
        size_t count = to - start < BLOCK ? to - start : BLOCK, even = count / LANES * LANES;
        const uint8_t *codes = job->codes + start * job->width;
        double *out = job->out + start * job->n_outputs;
        if (even)
            for (size_t t = 0; t < m->n_trees; t++)
                general_tree(job, t, codes, out, even);
        for (size_t r = even; r < count; r++)
            general_row(m, codes + r * job->width, out + r * job->n_outputs);
    }
}

PyObject *general_trees(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    Py_buffer views[2] = {{0}};
    Job job;
    int done = -1;
    (void)self;
    if (job_of(args, n_args, views, &job) == 0) {
        const General *m = PyCapsule_GetPointer(args[0], GENERAL);
        job.model = m;
        if (m && fits(&job, m->width, m->n_outputs <= job.n_outputs))
            done = run(general_rows, &job, (size_t)views[0].shape[0], m->n_trees);
    }
    release(views, 2);
    return done < 0 ? NULL : Py_NewRef(Py_None);
}

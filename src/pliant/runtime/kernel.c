/* The compiled kernel: binning and trees over uint8 codes.
 *
 * What each operation means is said, and tested, in binning.py and trees.py; this file computes
 * the same to the last bit. It knows arrays by the buffer protocol alone.
 *
 * Safety. Arrays of trees may come from an untrusted file. `pack_general` and `pack_oblivious`
 * check every index once and copy what they checked into memory that nobody else can write,
 * so that running needs to check only the shape of what it is given. Any byte is a valid code,
 * any number a valid value: no content of `codes`, `values` or `edges` can do harm.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LANES 8              /* walks in flight at once, to hide the latency of loads */
#define BLOCK 128            /* rows that go through all trees together, to keep both in cache */
#define MAX_DEPTH 16         /* of an oblivious tree */
#define MAX_EDGES 254        /* of a column, so that a code fits into a byte */
#define KEEP_GIL 4096        /* tree-rows or values below which releasing the GIL costs more */
#define BETWEEN_SIGNALS (1 << 26) /* tree-rows or values between two looks at Ctrl-C */

#ifdef _MSC_VER
#define NOINLINE __declspec(noinline)
#else
#define NOINLINE __attribute__((noinline))
#endif

/* ---- buffers ---------------------------------------------------------------------------- */

typedef struct {
    const char *name, *type, *formats; /* formats: the letters of `struct` that mean `type` */
    Py_ssize_t itemsize;
    int ndim, writable;
} Want;

#define U8 "uint8", "B", 1
#define U16 "uint16", "H", 2
#define I32 "int32", "il", 4
#define I64 "int64", "lq", 8
#define F32 "float32", "f", 4
#define F64 "float64", "d", 8

static int take(PyObject *array, const Want *want, Py_buffer *view)
{
    int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (want->writable ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(array, view, flags) == 0) {
        const char *format = view->format ? view->format : "B";
        if (view->ndim == want->ndim && view->itemsize == want->itemsize &&
            format[0] != 0 && format[1] == 0 && strchr(want->formats, format[0]) &&
            (uintptr_t)view->buf % (size_t)want->itemsize == 0)
            return 0;
    } else if (PyErr_ExceptionMatches(PyExc_MemoryError)) {
        return -1;
    }
    PyErr_Format(PyExc_ValueError,
                 "expected %s as a C-contiguous, aligned%s %s array of %d dimension(s)", want->name,
                 want->writable ? ", writable" : "", want->type, want->ndim);
    return -1;
}

static void release(Py_buffer *views, int count)
{
    for (int i = 0; i < count; i++)
        PyBuffer_Release(&views[i]); /* no-op for a view that was never taken */
}

static int take_all(PyObject *const *args, Py_ssize_t n_args, const Want *wants, Py_buffer *views,
                    int count)
{
    if (n_args != count) {
        PyErr_Format(PyExc_TypeError, "expected %d arrays, got %zd", count, n_args);
        return -1;
    }
    for (int i = 0; i < count; i++)
        if (take(args[i], &wants[i], &views[i]) < 0)
            return -1;
    return 0;
}

static PyObject *fail(const char *sentence)
{
    PyErr_SetString(PyExc_ValueError, sentence);
    return NULL;
}

/* ---- running over rows ------------------------------------------------------------------ */

typedef struct {
    const void *model;
    const uint8_t *codes;
    double *out;
    size_t width, n_outputs;
    uint8_t *scratch;
} Job;

typedef void (*Rows)(const Job *job, size_t from, size_t to);

/* Runs `rows` over n rows of `cost` units each. Releases the GIL unless the work is small. */
static int run(Rows rows, const Job *job, size_t n, size_t cost)
{
    size_t step = BETWEEN_SIGNALS / (cost ? cost : 1) / BLOCK * BLOCK;
    if (step == 0)
        step = BLOCK;
    if (n <= step && n * cost <= KEEP_GIL) {
        rows(job, 0, n);
        return 0;
    }
    for (size_t from = 0; from < n; from += step) {
        size_t to = n - from < step ? n : from + step;
        Py_BEGIN_ALLOW_THREADS
        rows(job, from, to);
        Py_END_ALLOW_THREADS
        if (PyErr_CheckSignals() < 0)
            return -1;
    }
    return 0;
}

static inline void add_values(const float *leaf, size_t n_values, double *out)
{
    out[0] += (double)leaf[0]; /* most models have one value: spare them the loop */
    for (size_t v = 1; v < n_values; v++)
        out[v] += (double)leaf[v];
}

/* ---- general trees ---------------------------------------------------------------------- */

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

/* A copy of a buffer, never NULL for an empty one. */
static void *copy_of(const Py_buffer *view)
{
    void *copy = malloc(view->len ? (size_t)view->len : 1);
    if (copy && view->len)
        memcpy(copy, view->buf, (size_t)view->len);
    return copy;
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

static PyObject *pack_general(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
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

/* ---- oblivious trees -------------------------------------------------------------------- */

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

static PyObject *pack_oblivious(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
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

/* ---- the calls that run trees ----------------------------------------------------------- */

static const Want RUN_WANTS[] = {{"codes", U8, 2, 0}, {"out", F64, 2, 1}};

static int job_of(PyObject *const *args, Py_ssize_t n_args, Py_buffer *views, Job *job)
{
    if (n_args != 3) {
        PyErr_Format(PyExc_TypeError, "expected packed trees, codes and out, got %zd", n_args);
        return -1;
    }
    if (take_all(args + 1, 2, RUN_WANTS, views, 2) < 0)
        return -1;
    if (views[0].shape[0] != views[1].shape[0]) {
        fail("expected codes and out of as many rows");
        return -1;
    }
    *job = (Job){NULL, views[0].buf, views[1].buf, (size_t)views[0].shape[1],
                 (size_t)views[1].shape[1], NULL};
    return 0;
}

static int fits(const Job *job, size_t width, int outputs_fit)
{
    if (job->width < width)
        PyErr_Format(PyExc_ValueError, "expected codes of %zu column(s) or more, got %zu", width,
                     job->width);
    else if (!outputs_fit)
        fail("expected as many outputs as the trees write");
    else
        return 1;
    return 0;
}

static PyObject *general_trees(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
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

static PyObject *oblivious_trees(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
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

/* ---- binning ---------------------------------------------------------------------------- */

/* Binary searches without branches, `lanes` of them side by side, over values `stride` apart.
 * They end, and stay within the edges, whatever the edges hold. A NaN is above no edge. */
static inline void bin_lanes(const double *values, size_t stride, size_t lanes,
                             const double *edges, size_t n_edges, uint8_t *out)
{
    size_t below[LANES] = {0};
    for (size_t left = n_edges; left > 1; left -= left / 2)
        for (size_t l = 0; l < lanes; l++) {
            int above = values[l * stride] > edges[below[l] + left / 2 - 1];
            below[l] += left / 2 & -(size_t)above;
        }
    for (size_t l = 0; l < lanes; l++) {
        double value = values[l * stride];
        below[l] += n_edges && value > edges[below[l]];
        out[l * stride] = (uint8_t)((value == value) * (1 + below[l]));
    }
}

typedef struct {
    const double *edges;
    const int64_t *offsets;
    const double *values;
    uint8_t *out;
    size_t n_columns;
} Binning;

static void bin_rows(const Job *job, size_t from, size_t to)
{
    const Binning *b = job->model;
    const size_t width = b->n_columns;
    for (size_t start = from; start < to; start += BLOCK) {
        size_t end = to - start < BLOCK ? to : start + BLOCK;
        for (size_t c = 0; c < width; c++) {
            const double *edges = b->edges + b->offsets[c];
            const size_t n_edges = (size_t)(b->offsets[c + 1] - b->offsets[c]);
            const double *values = b->values + c;
            uint8_t *out = b->out + c;
            size_t r = start;
            for (; r + LANES <= end; r += LANES)
                bin_lanes(values + r * width, width, LANES, edges, n_edges, out + r * width);
            for (; r < end; r++)
                bin_lanes(values + r * width, width, 1, edges, n_edges, out + r * width);
        }
    }
}

static int run_binning(const Binning *b, size_t n, Py_ssize_t n_edges)
{
    int64_t previous = 0;
    for (size_t c = 0; c <= b->n_columns; c++) {
        int64_t next = b->offsets[c];
        if (next < previous || next > n_edges || (c && next - previous > MAX_EDGES)) {
            fail("expected offsets that rise by at most 254 a column, within the edges");
            return -1;
        }
        previous = next;
    }
    const Job job = {.model = b};
    return run(bin_rows, &job, n, b->n_columns);
}

static PyObject *bin_numbers(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    static const Want wants[] = {
        {"values", F64, 2, 0}, {"edges", F64, 1, 0}, {"offsets", I64, 1, 0}, {"out", U8, 2, 1}};
    Py_buffer v[4] = {{0}};
    int done = -1;
    (void)self;
    if (take_all(args, n_args, wants, v, 4) == 0) {
        if (v[2].shape[0] != v[0].shape[1] + 1 || v[3].shape[0] != v[0].shape[0] ||
            v[3].shape[1] != v[0].shape[1])
            fail("expected one offset more than columns, and out of the shape of values");
        else
            done = run_binning(&(Binning){v[1].buf, v[2].buf, v[0].buf, v[3].buf,
                                          (size_t)v[0].shape[1]},
                               (size_t)v[0].shape[0], v[1].shape[0]);
    }
    release(v, 4);
    return done < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *bin_column(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    static const Want wants[] = {
        {"values", F64, 1, 0}, {"edges", F64, 1, 0}, {"out", U8, 1, 1}};
    Py_buffer v[3] = {{0}};
    int done = -1;
    (void)self;
    if (take_all(args, n_args, wants, v, 3) == 0) {
        const int64_t offsets[2] = {0, v[1].shape[0]};
        if (v[2].shape[0] != v[0].shape[0])
            fail("expected out of the length of values");
        else
            done = run_binning(&(Binning){v[1].buf, offsets, v[0].buf, v[2].buf, 1},
                               (size_t)v[0].shape[0], v[1].shape[0]);
    }
    release(v, 3);
    return done < 0 ? NULL : Py_NewRef(Py_None);
}

/* ---- the module ------------------------------------------------------------------------- */

#define METHOD(name, doc) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, doc}

static PyMethodDef methods[] = {
    METHOD(bin_numbers, "bin_numbers(values, edges, offsets, out, /)\n--\n\nBin a matrix."),
    METHOD(bin_column, "bin_column(values, edges, out, /)\n--\n\nBin one column."),
    METHOD(pack_general, "pack_general(feature, threshold, left, right, root, output, leaves, /)"
                         "\n--\n\nCheck and pack general trees."),
    METHOD(pack_oblivious, "pack_oblivious(feature, threshold, leaves, /)\n--\n\n"
                           "Check and pack oblivious trees."),
    METHOD(general_trees, "general_trees(packed, codes, out, /)\n--\n\nSum general trees."),
    METHOD(oblivious_trees, "oblivious_trees(packed, codes, out, /)\n--\n\nSum oblivious trees."),
    {NULL, NULL, 0, NULL}};

static PyModuleDef_Slot module_slots[] = {{0, NULL}};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_kernel", "Binning and trees over uint8 codes.", 0, methods,
    module_slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernel(void) { return PyModuleDef_Init(&module); }

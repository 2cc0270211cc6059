/* Binning: float64 or float32 values to uint8 codes, as binning.py says.
 *
 * A float32 is above an edge exactly when it is above the greatest float32 that is not above that
 * edge, so float32 columns are compared as they are, with edges of their own type.
 */
#include "binning.h"
#include "levels.h"
#include "module.h"
#include "running.h"
#include <float.h>
#include <math.h>

#define COUNTED 48 /* edges up to which to compare with each beats a search */

#define REAL double
#define WHOLE int64_t
#define SUFFIX _64
#include "binning_of.h"

#define REAL float
#define WHOLE int32_t
#define SUFFIX _32
#include "binning_of.h"

#define EDGES "pliant.edges"

struct Edges {
    double *edges;
    float *narrow; /* the edges as float32 */
    int64_t *offsets, *columns;
    size_t n_columns, width; /* width: the greatest column read + 1 */
};

void bin_values(const double *edges, size_t n_edges, const double *values, size_t rows,
                uint8_t *codes)
{
    bin_64(edges, n_edges, values, rows, codes);
}

/* ---- packing ---------------------------------------------------------------------------- */

static void free_edges(Edges *m)
{
    free(m->edges);
    free(m->narrow);
    free(m->offsets);
    free(m->columns);
    free(m);
}

static void drop_edges(PyObject *capsule)
{
    free_edges(PyCapsule_GetPointer(capsule, EDGES));
}

/* The greatest float32 that is not above `edge`. */
static float narrow(double edge)
{
    if (!(edge < FLT_MAX))
        return edge == edge ? FLT_MAX : (float)NAN;
    if (edge < -FLT_MAX)
        return -INFINITY;
    const float near = (float)edge;
    return (double)near > edge ? nextafterf(near, -INFINITY) : near;
}

static int check_offsets(const int64_t *offsets, size_t n, Py_ssize_t n_edges)
{
    int64_t before = 0;
    for (size_t c = 0; c <= n; c++) {
        if (offsets[c] < before || offsets[c] > n_edges || (c && offsets[c] - before > MAX_EDGES)) {
            fail("expected offsets that rise by at most 254 a column, within the edges");
            return -1;
        }
        before = offsets[c];
    }
    return 0;
}

static int fill_edges(Edges *m, const Py_buffer *v)
{
    const size_t n_edges = (size_t)v[1].shape[0];
    m->columns = copy_of(&v[0]);
    m->edges = copy_of(&v[1]);
    m->offsets = copy_of(&v[2]);
    m->narrow = calloc(n_edges + 1, sizeof *m->narrow);
    if (!m->columns || !m->edges || !m->offsets || !m->narrow) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t e = 0; e < n_edges; e++)
        m->narrow[e] = narrow(m->edges[e]);
    for (size_t c = 0; c < m->n_columns; c++) {
        if (m->columns[c] < 0 || m->columns[c] >= INT32_MAX) {
            fail("expected columns from 0");
            return -1;
        }
        if ((size_t)m->columns[c] >= m->width)
            m->width = (size_t)m->columns[c] + 1;
    }
    return check_offsets(m->offsets, m->n_columns, v[1].shape[0]);
}

PyObject *pack_edges(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    static const Want wants[] = {
        {"columns", I64, 1, 0, 0}, {"edges", F64, 1, 0, 0}, {"offsets", I64, 1, 0, 0}};
    Py_buffer v[3] = {{0}};
    PyObject *capsule = NULL;
    (void)self;
    if (take_all(args, n_args, wants, v, 3) == 0) {
        Edges *m = v[2].shape[0] == v[0].shape[0] + 1 ? calloc(1, sizeof *m) : NULL;
        if (v[2].shape[0] != v[0].shape[0] + 1)
            fail("expected one offset more than columns");
        else if (!m)
            PyErr_NoMemory();
        else {
            m->n_columns = (size_t)v[0].shape[0];
            if (fill_edges(m, v) == 0)
                capsule = PyCapsule_New(m, EDGES, drop_edges);
            if (!capsule)
                free_edges(m);
        }
    }
    release(v, 3);
    return capsule;
}

/* ---- a matrix --------------------------------------------------------------------------- */

typedef struct {
    const Edges *edges;
    const Py_buffer *values, *codes;
    int infinite;
} Binning;

/* The values of a block, side by side: where they lie, or else copied to `room`. */
static const void *gathered(const char *at, Py_ssize_t stride, size_t size, size_t rows, void *room)
{
    if (stride == (Py_ssize_t)size && (uintptr_t)at % size == 0)
        return at;
    if (size == 8)
        for (size_t r = 0; r < rows; r++, at += stride)
            memcpy((char *)room + 8 * r, at, 8);
    else
        for (size_t r = 0; r < rows; r++, at += stride)
            memcpy((char *)room + 4 * r, at, 4);
    return room;
}

void bin_block(const Edges *m, size_t c, const Py_buffer *values, size_t from, size_t rows,
               uint8_t *codes, int *infinite)
{
    const size_t first = (size_t)m->offsets[c], n = (size_t)m->offsets[c + 1] - first;
    double room[BLOCK];
    const char *at = (const char *)values->buf + (Py_ssize_t)from * values->strides[0] +
                     (Py_ssize_t)m->columns[c] * values->strides[1];
    const void *near = gathered(at, values->strides[0], (size_t)values->itemsize, rows, room);
    if (values->itemsize == 8) {
        bin_64(m->edges + first, n, near, rows, codes);
        infinite_64(near, rows, infinite);
    } else {
        bin_32(m->narrow + first, n, near, rows, codes);
        infinite_32(near, rows, infinite);
    }
}

const Edges *edges_of(PyObject *capsule)
{
    return PyCapsule_GetPointer(capsule, EDGES);
}

int fits_edges(const Edges *m, size_t n, const Py_buffer *values)
{
    return m->n_columns == n && (size_t)values->shape[1] >= m->width;
}

static void bin_rows(void *context, size_t from, size_t to)
{
    Binning *b = context;
    const Py_buffer *out = b->codes;
    for (size_t start = from; start < to; start += BLOCK)
        for (size_t c = 0; c < b->edges->n_columns; c++) {
            const size_t rows = to - start < BLOCK ? to - start : BLOCK;
            uint8_t room[BLOCK], *at = (uint8_t *)out->buf + (Py_ssize_t)c * out->strides[1] +
                                       (Py_ssize_t)start * out->strides[0];
            uint8_t *codes = out->strides[0] == 1 ? at : room;
            bin_block(b->edges, c, b->values, start, rows, codes, &b->infinite);
            for (size_t r = 0; codes == room && r < rows; r++)
                at[(Py_ssize_t)r * out->strides[0]] = room[r];
        }
}

int take_values(PyObject *array, Py_buffer *view)
{
    static const Want want = {"values", FLOATS, 2, 0, 1};
    return take(array, &want, view);
}

PyObject *bin_matrix(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    static const Want want_codes = {"codes", U8, 2, 1, 1};
    Py_buffer v[2] = {{0}};
    int done = -1;
    (void)self;
    const Edges *m = n_args == 3 ? edges_of(args[0]) : NULL;
    if (!m)
        return n_args == 3 ? NULL : fail("expected edges, values and codes");
    Binning b = {m, &v[0], &v[1], 0};
    if (take_values(args[1], &v[0]) == 0 && take(args[2], &want_codes, &v[1]) == 0) {
        if (v[1].shape[0] != v[0].shape[0] || !fits_edges(m, (size_t)v[1].shape[1], &v[0]))
            fail("expected values of as many columns as are read, and codes of that shape");
        else
            done = run(bin_rows, &b, (size_t)v[0].shape[0], 2 * m->n_columns);
    }
    release(v, 2);
    return done < 0 ? NULL : PyBool_FromLong(b.infinite);
}

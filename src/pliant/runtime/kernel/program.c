/* Programs are run: blocks of rows are laid into planes, go through the steps, are given back. */
#include "binning.h"
#include "program.h"

#define ALONE 4 /* so many rows, or fewer, go through one by one */

typedef struct {
    const Program *program;
    const Py_buffer *inputs, *outputs;
    Planes planes;
    const Edges *edges; /* of a matrix that is binned on its way in, or NULL */
    int infinite;       /* whether it holds an infinity */
} Running;

/* Lays rows of an input, of any strides, into its slots. */
#define LAY(type, plane)                                                                          \
    for (size_t c = 0; c < wire->width; c++) {                                                    \
        type *to = plane + (size_t)wire->slots[c] * stride;                                       \
        const char *at = from + (Py_ssize_t)c * view->strides[1];                                 \
        for (size_t r = 0; r < rows; r++, at += view->strides[0])                                 \
            memcpy(&to[r], at, sizeof(type));                                                     \
    }

static void lay(const Wire *wire, const Py_buffer *view, const Planes *planes, size_t first,
                size_t stride, size_t rows)
{
    const char *from = (const char *)view->buf + (Py_ssize_t)first * view->strides[0];
    if (wire->kind == IDS) {
        LAY(int32_t, planes->ids)
    } else if (wire->kind == VALUES && view->itemsize == 8) {
        LAY(double, planes->values)
    } else if (wire->kind == VALUES) {
        for (size_t c = 0; c < wire->width; c++) {
            double *to = planes->values + (size_t)wire->slots[c] * stride;
            const char *at = from + (Py_ssize_t)c * view->strides[1];
            for (size_t r = 0; r < rows; r++, at += view->strides[0]) {
                float value;
                memcpy(&value, at, sizeof value);
                to[r] = (double)value;
            }
        }
    } else if (view->strides[0] == 1) {
        for (size_t c = 0; c < wire->width; c++)
            memcpy(planes->codes + (size_t)wire->slots[c] * stride,
                   from + (Py_ssize_t)c * view->strides[1], rows);
    } else {
        LAY(uint8_t, planes->codes)
    }
}

/* Gives the columns of a wire back as rows of a C-contiguous output. */
static void give(const Wire *wire, const Py_buffer *view, const Planes *planes, size_t first,
                 size_t stride, size_t rows)
{
    for (size_t c = 0; c < wire->width; c++) {
        const size_t at = first * wire->width + c, slot = (size_t)wire->slots[c] * stride;
        if (wire->kind == CODES)
            for (size_t r = 0; r < rows; r++)
                ((uint8_t *)view->buf)[at + r * wire->width] = planes->codes[slot + r];
        else if (wire->kind == IDS)
            for (size_t r = 0; r < rows; r++)
                ((int32_t *)view->buf)[at + r * wire->width] = planes->ids[slot + r];
        else if (view->itemsize == 8)
            for (size_t r = 0; r < rows; r++)
                ((double *)view->buf)[at + r * wire->width] = planes->values[slot + r];
        else
            for (size_t r = 0; r < rows; r++)
                ((float *)view->buf)[at + r * wire->width] = (float)planes->values[slot + r];
    }
}

static void program_rows(void *context, size_t from, size_t to)
{
    Running *r = context;
    const Program *m = r->program;
    const size_t stride = to - from <= ALONE ? 1 : BLOCK;
    for (size_t start = from; start < to; start += stride) {
        const size_t rows = to - start < stride ? to - start : stride;
        if (r->edges)
            for (size_t c = 0; c < m->wires[0].width; c++)
                bin_block(r->edges, c, r->inputs, start, rows,
                          r->planes.codes + m->wires[0].slots[c] * stride, &r->infinite);
        else
            for (size_t i = 0; i < m->n_inputs; i++)
                lay(&m->wires[i], &r->inputs[i], &r->planes, start, stride, rows);
        for (size_t i = 0; i < m->n_steps; i++)
            if (m->steps[i].apply)
                m->steps[i].apply(&m->steps[i], &r->planes, stride, rows);
        for (size_t i = 0; i < m->n_outputs; i++)
            give(&m->wires[m->outputs[i]], &r->outputs[i], &r->planes, start, stride, rows);
    }
}

/* ---- the memory of one call ------------------------------------------------------------- */

static size_t rounded(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

/* Makes the planes of a call for blocks or, with a stride of 1, for a row alone. */
static void *make_planes(const Program *m, size_t stride, Planes *planes)
{
    const size_t values = rounded(m->slots[VALUES] * stride * sizeof(double));
    const size_t ids = rounded(m->slots[IDS] * stride * sizeof(int32_t));
    const size_t codes = rounded((m->slots[CODES] + 1) * stride);
    const size_t constants = stride > 1 ? (size_t)CONSTANTS * BLOCK : 0;
    const size_t scratch = rounded(stride > 1 ? m->scratch : m->row_scratch);
    char *memory = calloc(values + ids + codes + constants + scratch + 64, 1);
    if (!memory)
        return NULL;
    char *at = memory + (64 - (uintptr_t)memory % 64) % 64;
    planes->values = (double *)(void *)at;
    planes->ids = (int32_t *)(void *)(at + values);
    planes->codes = (uint8_t *)(at + values + ids);
    planes->scratch = (uint8_t *)(at + values + ids + codes);
    for (size_t i = 0; i < constants; i++)
        planes->scratch[i] = (uint8_t)(i / BLOCK);
    return memory;
}

/* ---- the call --------------------------------------------------------------------------- */

static int take_side(const Program *m, PyObject *arrays, int writable, Py_buffer *views,
                     Py_ssize_t *n)
{
    static const Want KINDS[] = {
        {"codes", U8, 2, 0, 0}, {"ids", I32, 2, 0, 0}, {"values", FLOATS, 2, 0, 0}};
    const size_t count = writable ? m->n_outputs : m->n_inputs;
    if (!PyTuple_Check(arrays) || (size_t)PyTuple_Size(arrays) != count) {
        fail("expected a tuple of as many arrays as the program has wires on that side");
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        const Wire *wire = &m->wires[writable ? m->outputs[i] : i];
        PyObject *array = PyTuple_GetItem(arrays, (Py_ssize_t)i);
        Want want = KINDS[wire->kind];
        want.writable = writable;
        want.strided = !writable;
        if (take(array, &want, &views[i]) < 0)
            return -1;
        if (*n < 0)
            *n = views[i].shape[0];
        const size_t width = (size_t)views[i].shape[1];
        if (views[i].shape[0] != *n || (writable ? width != wire->width : width < wire->width)) {
            PyErr_Format(PyExc_ValueError,
                         "expected %s of %zd row(s) and %zu column(s), got %zd and %zu", want.name,
                         *n, wire->width, views[i].shape[0], width);
            return -1;
        }
    }
    return 0;
}

static int run_views(Running *r, size_t n)
{
    if (n == 0)
        return 0;
    void *memory = make_planes(r->program, n <= ALONE ? 1 : BLOCK, &r->planes);
    if (!memory) {
        PyErr_NoMemory();
        return -1;
    }
    int done = run(program_rows, r, n, r->program->cost);
    free(memory);
    return done;
}

PyObject *run_program(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    (void)self;
    const Program *m = n_args == 3 ? PyCapsule_GetPointer(args[0], PROGRAM) : NULL;
    if (!m)
        return n_args == 3 ? NULL : fail("expected a program, inputs and outputs");
    Py_buffer *views = calloc(m->n_inputs + m->n_outputs + 1, sizeof *views);
    if (!views)
        return PyErr_NoMemory();
    Running r = {.program = m, .inputs = views, .outputs = views + m->n_inputs};
    Py_ssize_t n = -1;
    int done = -1;
    if (take_side(m, args[1], 0, views, &n) == 0 &&
        take_side(m, args[2], 1, views + m->n_inputs, &n) == 0)
        done = run_views(&r, (size_t)(n < 0 ? 0 : n));
    release(views, (int)(m->n_inputs + m->n_outputs));
    free(views);
    return done < 0 ? NULL : Py_NewRef(Py_None);
}

PyObject *run_matrix(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    static const Want out = {"out", F64, 2, 1, 0};
    Py_buffer v[2] = {{0}};
    (void)self;
    if (n_args != 4)
        return fail("expected a program, edges, values and out");
    const Program *m = PyCapsule_GetPointer(args[0], PROGRAM);
    const Edges *edges = m ? edges_of(args[1]) : NULL;
    if (!edges)
        return NULL;
    Running r = {.program = m, .inputs = &v[0], .outputs = &v[1], .edges = edges};
    int done = -1;
    if (take_values(args[2], &v[0]) == 0 && take(args[3], &out, &v[1]) == 0) {
        if (m->n_inputs != 1 || m->wires[0].kind != CODES || m->n_outputs != 1 ||
            m->wires[m->outputs[0]].kind != VALUES || !fits_edges(edges, m->wires[0].width, &v[0]))
            fail("expected a program from codes to values, and as many columns as it reads");
        else if (v[0].shape[0] != v[1].shape[0] ||
                 (size_t)v[1].shape[1] != m->wires[m->outputs[0]].width)
            fail("expected out of as many rows as values, and as wide as the prediction");
        else
            done = run_views(&r, (size_t)v[0].shape[0]);
    }
    release(v, 2);
    return done < 0 ? NULL : PyBool_FromLong(r.infinite);
}

/* Programs are packed once: every index is checked, every array copied. */
#include "program.h"

static const struct {
    const char *name;
    int (*pack)(Pack *p);
} KINDS[] = {
    {"gather", pack_gather},
    {"lookup", pack_lookup},
    {"cross", pack_cross},
    {"bin", pack_bin},
    {"concat", pack_concat},
    {"decode", pack_decode},
    {"arithmetic", pack_arithmetic},
    {"dense", pack_dense},
    {"tables", pack_tables},
    {"neighbours", pack_neighbours},
    {"trees", pack_trees},
    {"oblivious", pack_oblivious},
    {"link", pack_link},
    {"mix", pack_mix},
    {"affine", pack_affine},
};

#define N_KINDS (sizeof KINDS / sizeof KINDS[0])

static void free_program(Program *m)
{
    for (size_t i = 0; i < m->n_steps; i++) {
        Step *step = &m->steps[i];
        free(step->in);
        for (size_t j = 0; j < sizeof step->own / sizeof step->own[0]; j++)
            free(step->own[j]);
        if (step->drop)
            step->drop(step->model);
    }
    for (size_t i = 0; i < m->n_wires; i++)
        free(m->wires[i].slots);
    free(m->steps);
    free(m->wires);
    free(m->outputs);
    free(m);
}

static void drop_program(PyObject *capsule)
{
    free_program(PyCapsule_GetPointer(capsule, PROGRAM));
}

static int refuse(const char *sentence)
{
    fail(sentence);
    return -1;
}

static int no_memory(void)
{
    PyErr_NoMemory();
    return -1;
}

static int add_columns(Program *all, Wire *wire, int kind, size_t width)
{
    if (width > MAX_SLOTS - all->slots[kind])
        return refuse("expected at most 2**24 columns of a kind in a program");
    wire->kind = kind;
    wire->width = width;
    wire->slots = malloc((width + 1) * sizeof *wire->slots);
    if (!wire->slots)
        return no_memory();
    for (size_t i = 0; i < width; i++)
        wire->slots[i] = (uint32_t)(all->slots[kind] + i);
    all->slots[kind] += width;
    return 0;
}

int new_wire(Pack *p, int kind, size_t width)
{
    p->step->n = width;
    p->step->out = (uint32_t)p->all->slots[kind];
    return add_columns(p->all, p->out, kind, width);
}

int read_inputs(Pack *p, int kind, size_t count)
{
    size_t total = 0;
    if (p->n_inputs == 0 || (count && p->n_inputs != count))
        return refuse("expected as many inputs as the op has");
    for (size_t i = 0; i < p->n_inputs; i++) {
        if (p->inputs[i].kind != kind)
            return refuse("expected inputs of the kind that the op reads");
        total += p->inputs[i].width;
    }
    p->step->in = malloc((total + 1) * sizeof *p->step->in);
    if (!p->step->in)
        return no_memory();
    for (size_t i = 0; i < p->n_inputs; i++) {
        memcpy(p->step->in + p->step->n_in, p->inputs[i].slots,
               p->inputs[i].width * sizeof *p->step->in);
        p->step->n_in += p->inputs[i].width;
    }
    return 0;
}

int same_columns(Pack *p, const uint16_t *columns, size_t n)
{
    p->out->kind = p->inputs[0].kind;
    p->out->width = n;
    p->out->slots = malloc((n + 1) * sizeof *p->out->slots);
    if (!p->out->slots)
        return no_memory();
    for (size_t i = 0; i < n; i++)
        p->out->slots[i] = p->step->in[columns ? columns[i] : i];
    return 0;
}

int keep_all(Pack *p, const Py_buffer *views, int n)
{
    for (int i = 0; i < n; i++) {
        p->step->own[i] = copy_of(&views[i]);
        if (!p->step->own[i])
            return no_memory();
    }
    return 0;
}

int below(const uint16_t *elements, Py_ssize_t n, size_t bound)
{
    for (Py_ssize_t i = 0; i < n; i++)
        if (elements[i] >= bound)
            return refuse("expected columns that the input has");
    return 0;
}

int cuts_of(const Py_buffer *offsets, Py_ssize_t n, Py_ssize_t length, int64_t least, int64_t most)
{
    const int64_t *at = offsets->buf;
    int good = offsets->shape[0] == n + 1 && at[0] >= 0 && at[n] <= length;
    for (Py_ssize_t i = 0; good && i < n; i++)
        good = at[i] >= 0 && at[i + 1] <= length && at[i + 1] >= at[i] &&
               at[i + 1] - at[i] >= least && at[i + 1] - at[i] <= most;
    return good ? 0 : refuse("expected offsets that rise, within the array that they cut");
}

/* A whole number from a tuple, from 0 to below `bound`; -1 with an exception. */
static Py_ssize_t index_at(PyObject *tuple, Py_ssize_t i, Py_ssize_t bound)
{
    PyObject *item = PyTuple_GetItem(tuple, i);
    Py_ssize_t index = item ? PyNumber_AsSsize_t(item, PyExc_ValueError) : -1;
    if (PyErr_Occurred())
        return -1;
    if (index < 0 || index >= bound) {
        fail("expected whole numbers within their bounds");
        return -1;
    }
    return index;
}

static int pack_inputs(Program *all, PyObject *inputs)
{
    for (Py_ssize_t i = 0; i < PyTuple_Size(inputs); i++) {
        PyObject *pair = PyTuple_GetItem(inputs, i);
        if (!PyTuple_Check(pair) || PyTuple_Size(pair) != 2)
            return refuse("expected a kind and a width an input");
        Py_ssize_t kind = index_at(pair, 0, 3), width = index_at(pair, 1, MAX_SLOTS);
        if (kind < 0 || width < 0 ||
            add_columns(all, &all->wires[i], (int)kind, (size_t)width) < 0)
            return -1;
        all->n_wires++;
    }
    return 0;
}

/* Packs one step: a tuple of its name, the wires it reads, its arrays and a number. */
static int pack_step(Program *all, Step *step, PyObject *parts, Wire *inputs)
{
    const size_t made = all->n_wires - 1;
    Pack p = {.all = all, .step = step, .inputs = inputs, .out = &all->wires[made]};
    if (!PyTuple_Check(parts) || PyTuple_Size(parts) != 4)
        return refuse("expected a name, inputs, arrays and a number a step");
    PyObject *name = PyTuple_GetItem(parts, 0), *reads = PyTuple_GetItem(parts, 1);
    PyObject *arrays = PyTuple_GetItem(parts, 2);
    if (!PyUnicode_Check(name) || !PyTuple_Check(reads) || !PyTuple_Check(arrays) ||
        PyTuple_Size(arrays) > MAX_ARRAYS)
        return refuse("expected a name, a tuple of inputs and one of at most 8 arrays");
    p.n_inputs = (size_t)PyTuple_Size(reads);
    for (size_t i = 0; i < p.n_inputs; i++) {
        Py_ssize_t wire = index_at(reads, (Py_ssize_t)i, (Py_ssize_t)made);
        if (wire < 0)
            return -1;
        inputs[i] = all->wires[wire];
    }
    p.n_arrays = PyTuple_Size(arrays);
    for (Py_ssize_t i = 0; i < p.n_arrays; i++)
        p.arrays[i] = PyTuple_GetItem(arrays, i);
    Py_ssize_t number = index_at(parts, 3, INT32_MAX);
    if (number < 0)
        return -1;
    step->number = (size_t)number;
    for (size_t k = 0; k < N_KINDS; k++)
        if (PyUnicode_CompareWithASCIIString(name, KINDS[k].name) == 0)
            return KINDS[k].pack(&p);
    return refuse("expected the name of an op that the kernel knows");
}

static int most_inputs(PyObject *steps, size_t *most)
{
    for (Py_ssize_t i = 0; i < PyTuple_Size(steps); i++) {
        PyObject *parts = PyTuple_GetItem(steps, i);
        PyObject *reads = PyTuple_Check(parts) ? PyTuple_GetItem(parts, 1) : NULL;
        if (!reads || !PyTuple_Check(reads))
            return refuse("expected a tuple a step");
        if ((size_t)PyTuple_Size(reads) > *most)
            *most = (size_t)PyTuple_Size(reads);
    }
    return 0;
}

/* Allocates what `pack_all` fills; -1 with an exception. */
static int reserve(Program *m, PyObject *const *args, Wire **inputs)
{
    size_t most = 0;
    if (most_inputs(args[1], &most) < 0)
        return -1;
    m->n_inputs = (size_t)PyTuple_Size(args[0]);
    m->n_outputs = (size_t)PyTuple_Size(args[2]);
    size_t n_steps = (size_t)PyTuple_Size(args[1]);
    m->steps = calloc(n_steps + 1, sizeof *m->steps);
    m->wires = calloc(m->n_inputs + n_steps + 1, sizeof *m->wires);
    m->outputs = calloc(m->n_outputs + 1, sizeof *m->outputs);
    *inputs = calloc(most + 1, sizeof **inputs);
    return m->steps && m->wires && m->outputs && *inputs ? 0 : no_memory();
}

static int pack_all(Program *m, PyObject *const *args, Wire *inputs)
{
    if (pack_inputs(m, args[0]) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < PyTuple_Size(args[1]); i++) {
        Step *step = &m->steps[i];
        m->n_steps++; /* before it is whole: what it owns is freed in any case */
        m->n_wires++; /* the wire that it makes, and must not read */
        int packed = pack_step(m, step, PyTuple_GetItem(args[1], i), inputs);
        if (packed < 0)
            return -1;
        if (step->scratch > m->scratch)
            m->scratch = step->scratch;
        if (step->row_scratch > m->row_scratch)
            m->row_scratch = step->row_scratch;
        m->cost += step->cost + step->n;
    }
    for (size_t i = 0; i < m->n_outputs; i++) {
        Py_ssize_t wire = index_at(args[2], (Py_ssize_t)i, (Py_ssize_t)m->n_wires);
        if (wire < 0)
            return -1;
        m->outputs[i] = (size_t)wire;
    }
    return 0;
}

PyObject *pack_program(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    (void)self;
    for (Py_ssize_t i = 0; i < n_args; i++)
        if (n_args != 3 || !PyTuple_Check(args[i]))
            return fail("expected inputs, steps and outputs as tuples");
    if (n_args != 3)
        return fail("expected inputs, steps and outputs");
    Program *m = calloc(1, sizeof *m);
    Wire *inputs = NULL;
    if (!m)
        return PyErr_NoMemory();
    PyObject *capsule = NULL;
    if (reserve(m, args, &inputs) == 0 && pack_all(m, args, inputs) == 0)
        capsule = PyCapsule_New(m, PROGRAM, drop_program);
    free(inputs);
    if (!capsule)
        free_program(m);
    return capsule;
}

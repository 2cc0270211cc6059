/* Reading a row: a dict of one row to codes and ids, as intake.py and schema.py would.
 *
 * It reads values of exact, plain types: float, int, bool, str, None and NumPy's float64; for a
 * column of FUNCTION whatever that reads. What a word means that is not written plainly,
 * the column's own function says. Of everything else, and of whatever might be an error, the reader
 * says "not here", and the ordinary way serves, with the same result or the error.
 */
#include "binning.h"
#include "module.h"
#include <math.h>

#define READER "pliant.reader"

/* By what a value is read, as ReadBy in kinds/base.py has it: edges of bins, of which MARKED_EDGES
 * leaves all text to the function; a dict of ids; the function alone; or nothing. */
enum { EDGES, IDS, FUNCTION, NOTHING, MARKED_EDGES };
enum { FAILED = -1, NOT_HERE, READ };

typedef struct {
    int how;
    Py_ssize_t place, width; /* its first column of codes or ids, and how many */
    PyObject *name, *book;   /* book: a dict of ids, or edges */
    PyObject *meaning;       /* a function from a value to its code, id or codes */
    double *edges;
    size_t n_edges;
} Column;

typedef struct {
    Column *columns;
    Py_ssize_t n_columns, n_codes, n_ids;
    PyObject *index; /* a dict: name to number of column */
    PyObject *float64;
} Reader;

static void free_reader(Reader *m)
{
    for (Py_ssize_t i = 0; m->columns && i < m->n_columns; i++) {
        Py_XDECREF(m->columns[i].name);
        Py_XDECREF(m->columns[i].book);
        Py_XDECREF(m->columns[i].meaning);
        free(m->columns[i].edges);
    }
    Py_XDECREF(m->index);
    Py_XDECREF(m->float64);
    free(m->columns);
    free(m);
}

static void drop_reader(PyObject *capsule)
{
    free_reader(PyCapsule_GetPointer(capsule, READER));
}

/* ---- packing ---------------------------------------------------------------------------- */

static int take_edges(Column *column, PyObject *array)
{
    static const Want want = {"edges", F64, 1, 0, 0};
    Py_buffer view = {0};
    int done = take(array, &want, &view);
    if (done == 0 && view.shape[0] > MAX_EDGES) {
        fail("expected at most 254 edges a column");
        done = -1;
    }
    if (done == 0) {
        column->n_edges = (size_t)view.shape[0];
        column->edges = copy_of(&view);
        if (!column->edges) {
            PyErr_NoMemory();
            done = -1;
        }
    }
    PyBuffer_Release(&view);
    return done;
}

/* A column is a tuple: name, how it is read, place, width, edges or ids, and a function. */
static int take_column(Reader *m, Py_ssize_t i, PyObject *parts)
{
    Column *column = &m->columns[i];
    if (!PyTuple_Check(parts) || PyTuple_Size(parts) != 6 ||
        !PyUnicode_CheckExact(PyTuple_GetItem(parts, 0))) {
        fail("expected a name, way, place, width, book and function a column");
        return -1;
    }
    column->how = (int)PyLong_AsLong(PyTuple_GetItem(parts, 1));
    column->place = PyLong_AsSsize_t(PyTuple_GetItem(parts, 2));
    column->width = PyLong_AsSsize_t(PyTuple_GetItem(parts, 3));
    if (PyErr_Occurred())
        return -1;
    const Py_ssize_t bound = column->how == IDS ? m->n_ids : m->n_codes;
    const int number_like = column->how == EDGES || column->how == MARKED_EDGES;
    const int single = number_like || column->how == IDS;
    PyObject *book = PyTuple_GetItem(parts, 4);
    if (column->how < EDGES || column->how > MARKED_EDGES || column->place < 0 ||
        column->width < 0 || column->place > bound || column->width > bound - column->place ||
        (single && column->width != 1) || (column->how == IDS && !PyDict_CheckExact(book))) {
        fail("expected columns read in known ways whose codes and ids have a place");
        return -1;
    }
    column->name = Py_NewRef(PyTuple_GetItem(parts, 0));
    column->book = Py_NewRef(book);
    column->meaning = Py_NewRef(PyTuple_GetItem(parts, 5));
    PyObject *number = PyLong_FromSsize_t(i);
    int done = number ? PyDict_SetItem(m->index, column->name, number) : -1;
    Py_XDECREF(number);
    return done == 0 && number_like ? take_edges(column, book) : done;
}

static int fill_reader(Reader *m, PyObject *const *args)
{
    m->n_columns = PyTuple_Size(args[0]);
    m->n_codes = PyLong_AsSsize_t(args[1]);
    m->n_ids = PyLong_AsSsize_t(args[2]);
    if (PyErr_Occurred())
        return -1;
    m->float64 = Py_NewRef(args[3]);
    m->index = PyDict_New();
    m->columns = calloc((size_t)m->n_columns + 1, sizeof *m->columns);
    if (!m->index || !m->columns) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < m->n_columns; i++)
        if (take_column(m, i, PyTuple_GetItem(args[0], i)) < 0)
            return -1;
    if (PyDict_Size(m->index) != m->n_columns) {
        fail("expected columns whose names differ");
        return -1;
    }
    return 0;
}

PyObject *pack_reader(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    (void)self;
    if (n_args != 4 || !PyTuple_Check(args[0]))
        return fail("expected columns, numbers of codes and ids, and the type float64");
    Reader *m = calloc(1, sizeof *m);
    if (!m)
        return PyErr_NoMemory();
    PyObject *capsule = fill_reader(m, args) < 0 ? NULL : PyCapsule_New(m, READER, drop_reader);
    if (!capsule)
        free_reader(m);
    return capsule;
}

/* ---- reading ---------------------------------------------------------------------------- */

/* A plain value as a number: text that is no number, and what is missing, is NaN. */
static int number_of(const Reader *m, PyObject *value, double *number)
{
    if (PyFloat_CheckExact(value) || (PyObject *)Py_TYPE(value) == m->float64) {
        *number = PyFloat_AsDouble(value);
    } else if (PyLong_CheckExact(value)) {
        *number = PyLong_AsDouble(value);
        if (*number == -1 && PyErr_Occurred()) {
            PyErr_Clear(); /* too large */
            return NOT_HERE;
        }
    } else if (value == Py_None) {
        *number = NAN;
    } else if (value == Py_True || value == Py_False) {
        *number = value == Py_True;
    } else {
        return NOT_HERE;
    }
    return READ;
}

/* A text as Python's float has it; whatever else may be a number is not read here. */
static int parsed(PyObject *text, double *number)
{
    if (PyUnicode_FindChar(text, '_', 0, PyUnicode_GetLength(text), 1) >= 0)
        return NOT_HERE;
    PyObject *value = PyFloat_FromString(text);
    if (!value) {
        PyErr_Clear();
        return NOT_HERE;
    }
    *number = PyFloat_AsDouble(value);
    Py_DECREF(value);
    return READ;
}

/* The whole number that a column's function says of a value; where it says none, not here. */
static int meant(const Column *column, PyObject *value, long most, long *number)
{
    PyObject *said = PyObject_CallFunctionObjArgs(column->meaning, value, NULL);
    if (!said)
        return FAILED;
    int done = NOT_HERE;
    if (PyLong_CheckExact(said)) {
        *number = PyLong_AsLong(said);
        done = PyErr_Occurred() ? FAILED : *number < 0 || *number > most ? NOT_HERE : READ;
    }
    Py_DECREF(said);
    return done;
}

static int read_number(const Reader *m, const Column *column, PyObject *value, uint8_t *codes)
{
    double number;
    const int is_text = PyUnicode_CheckExact(value);
    int known = NOT_HERE;
    if (!is_text)
        known = number_of(m, value, &number);
    else if (column->how == EDGES)
        known = parsed(value, &number);
    if (is_text && known != READ) {
        long code;
        known = meant(column, value, UINT8_MAX, &code);
        if (known == READ)
            codes[column->place] = (uint8_t)code;
        return known;
    }
    if (known != READ || isinf(number))
        return NOT_HERE;
    bin_values(column->edges, column->n_edges, &number, 1, codes + column->place);
    return READ;
}

/* The id of a word: that of the level, or what the column's function says. */
static int id_of(const Column *column, PyObject *word, int32_t *id)
{
    PyObject *found = word ? PyDict_GetItemWithError(column->book, word) : NULL;
    long number;
    int done = READ;
    if (found)
        number = PyLong_AsLong(found);
    else if (!word || PyErr_Occurred())
        return FAILED;
    else
        done = meant(column, word, INT32_MAX, &number);
    if (PyErr_Occurred())
        return FAILED;
    if (done == READ)
        *id = (int32_t)number;
    return done;
}

static int read_word(const Reader *m, const Column *column, PyObject *value, int32_t *ids)
{
    int32_t *id = ids + column->place;
    double number;
    if (PyUnicode_CheckExact(value))
        return id_of(column, value, id);
    PyObject *plain = NULL;
    if (PyLong_CheckExact(value) || value == Py_True || value == Py_False) {
        plain = Py_NewRef(value);
    } else {
        if (number_of(m, value, &number) != READ)
            return NOT_HERE;
        if (isnan(number)) {
            *id = 0;
            return READ;
        }
        const int whole = !isinf(number) && floor(number) == number;
        plain = whole ? PyLong_FromDouble(number) : PyFloat_FromDouble(number);
    }
    PyObject *text = plain ? PyObject_Str(plain) : NULL;
    const int done = text ? id_of(column, text, id) : FAILED;
    Py_XDECREF(plain);
    Py_XDECREF(text);
    return done;
}

static int read_parts(const Column *column, PyObject *value, uint8_t *codes)
{
    PyObject *made = PyObject_CallFunctionObjArgs(column->meaning, value, NULL);
    if (!made)
        return FAILED;
    int done = NOT_HERE;
    if (PyBytes_Check(made) && PyBytes_Size(made) == column->width) {
        memcpy(codes + column->place, PyBytes_AsString(made), (size_t)column->width);
        done = READ;
    }
    Py_DECREF(made);
    return done;
}

static int read_value(const Reader *m, const Column *column, PyObject *value, uint8_t *codes,
                      int32_t *ids)
{
    if (!column)
        return READ; /* no model reads it, whatever it holds */
    if (column->how == EDGES || column->how == MARKED_EDGES)
        return read_number(m, column, value, codes);
    if (column->how == IDS)
        return read_word(m, column, value, ids);
    if (column->how == FUNCTION)
        return read_parts(column, value, codes);
    double number;
    return PyUnicode_CheckExact(value) ? READ : number_of(m, value, &number);
}

/* The column of a name, NULL where no model reads it; the guess is the one after the last. */
static int find_column(const Reader *m, PyObject *name, Py_ssize_t *guess, const Column **column)
{
    *column = NULL;
    if (!PyUnicode_CheckExact(name))
        return NOT_HERE;
    if (*guess >= m->n_columns || m->columns[*guess].name != name) {
        PyObject *number = PyDict_GetItemWithError(m->index, name);
        if (!number)
            return PyErr_Occurred() ? FAILED : READ;
        *guess = PyLong_AsSsize_t(number);
    }
    *column = &m->columns[(*guess)++];
    return READ;
}

static int read_items(const Reader *m, PyObject *row, uint8_t *codes, int32_t *ids)
{
    Py_ssize_t at = 0, guess = 0, found = 0;
    PyObject *name, *value;
    while (PyDict_Next(row, &at, &name, &value)) {
        const Column *column;
        int done = find_column(m, name, &guess, &column);
        if (done == READ) {
            Py_INCREF(value);
            done = read_value(m, column, value, codes, ids);
            Py_DECREF(value);
        }
        if (done != READ)
            return done;
        found += column != NULL;
    }
    return found == m->n_columns && found > 0 ? READ : NOT_HERE;
}

PyObject *read_row(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    static const Want wants[] = {{"codes", U8, 2, 1, 0}, {"ids", I32, 2, 1, 0}};
    Py_buffer v[2] = {{0}};
    int done = FAILED;
    (void)self;
    const Reader *m = n_args == 4 ? PyCapsule_GetPointer(args[0], READER) : NULL;
    if (!m || !PyDict_CheckExact(args[1]))
        return m || n_args != 4 ? fail("expected a reader, a dict, codes and ids") : NULL;
    if (take_all(args + 2, 2, wants, v, 2) == 0) {
        if (v[0].shape[0] != 1 || v[1].shape[0] != 1 || v[0].shape[1] != m->n_codes ||
            v[1].shape[1] != m->n_ids)
            fail("expected codes and ids of one row and as many columns as the reader has");
        else
            done = read_items(m, args[1], v[0].buf, v[1].buf);
    }
    release(v, 2);
    return done == FAILED ? NULL : PyBool_FromLong(done == READ);
}

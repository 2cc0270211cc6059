/* Texts: their grams counted, and scored by a linear model of the counts. */
#include "counting.h"

#include <math.h>

/* ---- counts ----------------------------------------------------------------------------- */

/* Slots and counts of many texts, one after another. */
typedef struct {
    uint32_t *slots;
    uint8_t *counts;
    size_t n, room;
} Found;

static int ascending(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Takes what is counted, in the order of the slots, and empties the counter; -1: no memory. */
static int take_counts(Found *found, Counter *counter)
{
    if (found->n + counter->n > found->room) {
        const size_t room = 2 * (found->n + counter->n);
        uint32_t *slots = realloc(found->slots, room * sizeof(uint32_t));
        if (slots)
            found->slots = slots;
        uint8_t *counts = realloc(found->counts, room);
        if (counts)
            found->counts = counts;
        if (!slots || !counts)
            return -1;
        found->room = room;
    }
    qsort(counter->touched, counter->n, sizeof(uint32_t), ascending);
    for (size_t i = 0; i < counter->n; i++) {
        const uint32_t slot = counter->touched[i];
        found->slots[found->n] = slot;
        found->counts[found->n++] = counter->counts[slot];
        counter->counts[slot] = 0;
    }
    counter->n = 0;
    return 0;
}

static int count_all(const Recipe *recipe, const Text *texts, Py_ssize_t n, Counter *counter,
                     Found *found, int64_t *lengths)
{
    for (Py_ssize_t i = 0; i < n; i++) {
        count_grams(recipe, texts[i], counter);
        lengths[i] = (int64_t)counter->n;
        if (take_counts(found, counter) < 0)
            return -1;
    }
    return 0;
}

CALL(gram_counts)
{
    (void)self;
    static const Want want = {"lengths", I64, 1, 1, 0};
    Recipe recipe;
    Py_buffer lengths = {0};
    if (n_args != 3 || !PyTuple_Check(args[0]))
        return fail("expected a tuple of texts, a recipe, and lengths");
    if (read_recipe(args[1], &recipe) < 0 || take(args[2], &want, &lengths) < 0)
        return NULL;
    const Py_ssize_t n = PyTuple_Size(args[0]);
    Counter counter = {0};
    size_t longest;
    Found found = {0};
    PyObject *out = NULL;
    Text *texts = NULL;
    if (lengths.shape[0] != n) {
        fail("expected a length for each text");
    } else if ((texts = texts_of(args[0], n, &longest)) &&
               make_counter(&recipe, longest, &counter) == 0) {
        int status;
        Py_BEGIN_ALLOW_THREADS
        status = count_all(&recipe, texts, n, &counter, &found, lengths.buf);
        Py_END_ALLOW_THREADS
        free_counter(&counter);
        out = status ? PyErr_NoMemory()
                     : Py_BuildValue("y#y#", found.n ? (char *)found.slots : "",
                                     (Py_ssize_t)(found.n * sizeof(uint32_t)),
                                     found.n ? (char *)found.counts : "", (Py_ssize_t)found.n);
    }
    free(found.slots);
    free(found.counts);
    free(texts);
    PyBuffer_Release(&lengths);
    return out;
}

/* ---- scores ----------------------------------------------------------------------------- */

/* A linear model of counts; `row_of` says of a slot which row of weights it has, or -1. */
typedef struct {
    Recipe recipe;
    int32_t *row_of;
    int64_t *offsets;
    uint16_t *outputs;
    int8_t *weights;
    uint8_t *values; /* of a count, MAX_COUNT + 1 of them */
    double *scale, *bias;
    size_t n_outputs;
} Model;

#define MODEL "pliant.grams"

static void free_model(Model *m)
{
    free(m->row_of);
    free(m->offsets);
    free(m->outputs);
    free(m->weights);
    free(m->values);
    free(m->scale);
    free(m->bias);
    free(m);
}

static void drop_model(PyObject *capsule)
{
    free_model(PyCapsule_GetPointer(capsule, MODEL));
}

enum { SLOTS, OFFSETS, OUTPUTS, WEIGHTS, VALUES_OF, SCALE, BIAS, N_ARRAYS };

/* 0 where the arrays make a model, otherwise -1 with an exception. */
static int check_model(const Recipe *recipe, const Py_buffer *v)
{
    const int32_t *slots = v[SLOTS].buf;
    const int64_t *offsets = v[OFFSETS].buf, n_weights = v[WEIGHTS].shape[0];
    const uint16_t *outputs = v[OUTPUTS].buf;
    const Py_ssize_t n = v[SLOTS].shape[0], n_outputs = v[BIAS].shape[0];
    int fits = v[OFFSETS].shape[0] == n + 1 && v[OUTPUTS].shape[0] == n_weights &&
               v[SCALE].shape[0] == n_outputs && v[VALUES_OF].shape[0] == MAX_COUNT + 1 &&
               n_outputs > 0 && offsets[0] == 0 && offsets[n] == n_weights;
    for (Py_ssize_t i = 0; fits && i < n; i++)
        fits = slots[i] >= 0 && slots[i] >> recipe->bits == 0 && offsets[i] <= offsets[i + 1] &&
               (i == 0 || slots[i - 1] < slots[i]);
    for (Py_ssize_t i = 0; fits && i < n_weights; i++)
        fits = outputs[i] < n_outputs;
    if (!fits)
        fail("expected slots that ascend, offsets that cut the weights, outputs below the biases");
    return fits ? 0 : -1;
}

static Model *make_model(const Recipe *recipe, const Py_buffer *v)
{
    Model *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    const size_t n_slots = (size_t)1 << recipe->bits;
    m->recipe = *recipe;
    m->n_outputs = (size_t)v[BIAS].shape[0];
    m->row_of = malloc(n_slots * sizeof(int32_t));
    m->offsets = copy_of(&v[OFFSETS]);
    m->outputs = copy_of(&v[OUTPUTS]);
    m->weights = copy_of(&v[WEIGHTS]);
    m->values = copy_of(&v[VALUES_OF]);
    m->scale = copy_of(&v[SCALE]);
    m->bias = copy_of(&v[BIAS]);
    if (!m->row_of || !m->offsets || !m->outputs || !m->weights || !m->values || !m->scale ||
        !m->bias) {
        free_model(m);
        return NULL;
    }
    memset(m->row_of, -1, n_slots * sizeof(int32_t));
    for (Py_ssize_t i = 0; i < v[SLOTS].shape[0]; i++)
        m->row_of[((const int32_t *)v[SLOTS].buf)[i]] = (int32_t)i;
    return m;
}

CALL(pack_gram_model)
{
    (void)self;
    static const Want wants[N_ARRAYS] = {{"slots", I32, 1, 0, 0},   {"offsets", I64, 1, 0, 0},
                                         {"outputs", U16, 1, 0, 0}, {"weights", I8, 1, 0, 0},
                                         {"values", U8, 1, 0, 0},   {"scale", F64, 1, 0, 0},
                                         {"bias", F64, 1, 0, 0}};
    Py_buffer v[N_ARRAYS] = {{0}};
    Recipe recipe;
    PyObject *out = NULL;
    if (n_args < 1)
        return fail("expected a recipe and arrays");
    if (read_recipe(args[0], &recipe) == 0 &&
        take_all(args + 1, n_args - 1, wants, v, N_ARRAYS) == 0 && check_model(&recipe, v) == 0) {
        Model *m = make_model(&recipe, v);
        out = m ? PyCapsule_New(m, MODEL, drop_model) : PyErr_NoMemory();
        if (m && !out)
            free_model(m);
    }
    release(v, N_ARRAYS);
    return out;
}

/* Writes the scores of a text, and empties the counter. */
static void score_text(const Model *m, Counter *counter, int64_t *sums, double *out)
{
    int64_t squares = 0;
    memset(sums, 0, m->n_outputs * sizeof *sums);
    for (size_t i = 0; i < counter->n; i++) {
        const uint32_t slot = counter->touched[i];
        const int64_t value = m->values[counter->counts[slot]];
        const int32_t row = m->row_of[slot];
        counter->counts[slot] = 0;
        squares += value * value;
        if (row < 0)
            continue;
        for (int64_t j = m->offsets[row]; j < m->offsets[row + 1]; j++)
            sums[m->outputs[j]] += value * m->weights[j];
    }
    counter->n = 0;
    const double length = sqrt(squares > 0 ? (double)squares : 1.0);
    for (size_t v = 0; v < m->n_outputs; v++)
        out[v] = (double)sums[v] / length * m->scale[v] + m->bias[v];
}

CALL(score_grams)
{
    (void)self;
    static const Want want = {"out", F64, 2, 1, 0};
    Py_buffer out = {0};
    if (n_args != 3 || !PyTuple_Check(args[1]))
        return fail("expected a model, a tuple of texts, and out");
    const Model *m = PyCapsule_GetPointer(args[0], MODEL);
    if (!m || take(args[2], &want, &out) < 0)
        return NULL;
    const Py_ssize_t n = PyTuple_Size(args[1]);
    Counter counter = {0};
    size_t longest;
    Text *texts = NULL;
    int64_t *sums = malloc(m->n_outputs * sizeof *sums);
    int done = 0;
    if (!sums) {
        PyErr_NoMemory();
    } else if (out.shape[0] != n || (size_t)out.shape[1] != m->n_outputs) {
        fail("expected out of a row a text, as wide as the model");
    } else if ((texts = texts_of(args[1], n, &longest)) &&
               make_counter(&m->recipe, longest, &counter) == 0) {
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t i = 0; i < n; i++) {
            count_grams(&m->recipe, texts[i], &counter);
            score_text(m, &counter, sums, (double *)out.buf + (size_t)i * m->n_outputs);
        }
        Py_END_ALLOW_THREADS
        free_counter(&counter);
        done = 1;
    }
    free(texts);
    free(sums);
    PyBuffer_Release(&out);
    return done ? Py_NewRef(Py_None) : NULL;
}

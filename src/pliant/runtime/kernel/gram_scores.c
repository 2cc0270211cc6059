/* Linear models of the counts of texts' grams: what ops/text.py says, to the last bit. */
#include "counting.h"

#include <math.h>

/* What a slot says: its `n` terms, from `first` on; no terms where the place is free. */
typedef struct {
    uint32_t slot, first, n;
} Row;

/* A gram's weight for one of the outputs. */
typedef struct {
    uint16_t output;
    int16_t weight;
} Term;

/* A linear model of counts. Its rows lie in a hash table with open addressing, half of it free. */
typedef struct {
    Recipe recipe;
    Row *rows;
    Term *terms;
    uint8_t *values; /* of a count, MAX_COUNT + 1 of them */
    double *shortest, *scale, *bias; /* of each output; its least length of a text first */
    uint32_t place_mask;
    size_t n_outputs;
} Model;

#define MODEL "pliant.grams"

static void free_model(Model *m)
{
    free(m->rows);
    free(m->terms);
    free(m->values);
    free(m->shortest);
    free(m->scale);
    free(m->bias);
    free(m);
}

static void drop_model(PyObject *capsule)
{
    free_model(PyCapsule_GetPointer(capsule, MODEL));
}

enum { SLOTS, OFFSETS, OUTPUTS, WEIGHTS, VALUES_OF, SHORTEST, SCALE, BIAS, N_ARRAYS };

/* 0 where the arrays make a model, otherwise -1 with an exception. */
static int check_model(const Recipe *recipe, const Py_buffer *v)
{
    const int32_t *slots = v[SLOTS].buf;
    const int64_t *offsets = v[OFFSETS].buf, n_weights = v[WEIGHTS].shape[0];
    const uint16_t *outputs = v[OUTPUTS].buf;
    const Py_ssize_t n = v[SLOTS].shape[0], n_outputs = v[BIAS].shape[0];
    int fits = v[OFFSETS].shape[0] == n + 1 && v[OUTPUTS].shape[0] == n_weights &&
               v[SCALE].shape[0] == n_outputs && v[SHORTEST].shape[0] == n_outputs &&
               v[VALUES_OF].shape[0] == MAX_COUNT + 1 &&
               n_outputs > 0 && offsets[0] == 0 && offsets[n] == n_weights && n_weights < UINT32_MAX;
    for (Py_ssize_t i = 0; fits && i < n; i++)
        fits = slots[i] >= 0 && slots[i] >> recipe->bits == 0 && offsets[i] <= offsets[i + 1] &&
               (i == 0 || slots[i - 1] < slots[i]);
    for (Py_ssize_t i = 0; fits && i < n_weights; i++)
        fits = outputs[i] < n_outputs;
    if (!fits)
        fail("expected slots that ascend, offsets that cut the weights, outputs below the biases");
    return fits ? 0 : -1;
}

/* Puts slots and their terms, which are checked, to their places. */
static void fill_rows(Model *m, const Py_buffer *v)
{
    const int32_t *slots = v[SLOTS].buf;
    const int64_t *offsets = v[OFFSETS].buf;
    for (Py_ssize_t i = 0; i < v[SLOTS].shape[0]; i++) {
        const uint32_t n = (uint32_t)(offsets[i + 1] - offsets[i]);
        uint32_t place = (uint32_t)slots[i] & m->place_mask;
        if (n == 0)
            continue;
        while (m->rows[place].n)
            place = (place + 1) & m->place_mask;
        m->rows[place] = (Row){(uint32_t)slots[i], (uint32_t)offsets[i], n};
    }
    for (Py_ssize_t i = 0; i < v[WEIGHTS].shape[0]; i++)
        m->terms[i] =
            (Term){((const uint16_t *)v[OUTPUTS].buf)[i], ((const int8_t *)v[WEIGHTS].buf)[i]};
}

static Model *make_model(const Recipe *recipe, const Py_buffer *v)
{
    Model *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    const size_t n_places = places_for((size_t)v[SLOTS].shape[0] + 1);
    m->recipe = *recipe;
    m->n_outputs = (size_t)v[BIAS].shape[0];
    m->place_mask = (uint32_t)(n_places - 1);
    m->rows = calloc(n_places, sizeof(Row));
    m->terms = malloc(((size_t)v[WEIGHTS].shape[0] + 1) * sizeof(Term));
    m->values = copy_of(&v[VALUES_OF]);
    m->shortest = copy_of(&v[SHORTEST]);
    m->scale = copy_of(&v[SCALE]);
    m->bias = copy_of(&v[BIAS]);
    if (!m->rows || !m->terms || !m->values || !m->shortest || !m->scale || !m->bias) {
        free_model(m);
        return NULL;
    }
    fill_rows(m, v);
    return m;
}

CALL(pack_gram_model)
{
    (void)self;
    static const Want wants[N_ARRAYS] = {{"slots", I32, 1, 0, 0},   {"offsets", I64, 1, 0, 0},
                                         {"outputs", U16, 1, 0, 0}, {"weights", I8, 1, 0, 0},
                                         {"values", U8, 1, 0, 0},   {"shortest", F64, 1, 0, 0},
                                         {"scale", F64, 1, 0, 0},   {"bias", F64, 1, 0, 0}};
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

/* Adds what a gram says of each output; returns its value. */
static inline int64_t add_gram(const Model *m, uint32_t slot, uint8_t count, int64_t *sums)
{
    const int64_t value = m->values[count];
    uint32_t place = slot & m->place_mask;
    while (m->rows[place].n && m->rows[place].slot != slot)
        place = (place + 1) & m->place_mask;
    const Term *term = m->terms + m->rows[place].first, *end = term + m->rows[place].n;
    for (; term < end; term++)
        sums[term->output] += value * term->weight;
    return value;
}

/* Writes the scores of a text from the sums of its values times weights and its values' squares. */
static void give_scores(const Model *m, const int64_t *sums, int64_t squares, double *out)
{
    const double length = sqrt(squares > 0 ? (double)squares : 1.0);
    for (size_t v = 0; v < m->n_outputs; v++) {
        const double divisor = length > m->shortest[v] ? length : m->shortest[v];
        out[v] = (double)sums[v] / divisor * m->scale[v] + m->bias[v];
    }
}

/* Writes the scores of a text, and empties the counter. */
static void score_text(const Model *m, Counter *counter, int64_t *sums, double *out)
{
    int64_t squares = 0;
    memset(sums, 0, m->n_outputs * sizeof *sums);
    for (size_t i = 0; i < counter->n; i++) {
        const uint32_t cell = counter->cells[counter->touched[i]];
        const int64_t value = add_gram(m, cell >> COUNT_BITS, cell & MAX_COUNT, sums);
        counter->cells[counter->touched[i]] = 0;
        squares += value * value;
    }
    counter->n = 0;
    give_scores(m, sums, squares, out);
}

static void score_all(const Model *m, const int32_t *slots, const uint8_t *counts,
                      const int64_t *starts, size_t n, int64_t *sums, double *out)
{
    for (size_t i = 0; i < n; i++) {
        int64_t squares = 0;
        memset(sums, 0, m->n_outputs * sizeof *sums);
        for (int64_t j = starts[i]; j < starts[i + 1]; j++) {
            const int64_t value = add_gram(m, (uint32_t)slots[j], counts[j], sums);
            squares += value * value;
        }
        give_scores(m, sums, squares, out + i * m->n_outputs);
    }
}

/* 0 where counts are those of n texts, otherwise -1 with an exception. */
static int check_counts(const Model *m, const Py_buffer *v)
{
    const int32_t *slots = v[0].buf;
    const int64_t *starts = v[2].buf;
    const Py_ssize_t n = v[3].shape[0], n_counts = v[0].shape[0];
    int fits = v[1].shape[0] == n_counts && v[2].shape[0] == n + 1 && starts[0] == 0 &&
               starts[n] == n_counts && (size_t)v[3].shape[1] == m->n_outputs;
    for (Py_ssize_t i = 0; fits && i < n; i++)
        fits = starts[i] <= starts[i + 1];
    for (Py_ssize_t i = 0; fits && i < n_counts; i++)
        fits = slots[i] >= 0 && slots[i] >> m->recipe.bits == 0;
    if (!fits)
        fail("expected slots and counts that starts cut into a part a row of out");
    return fits ? 0 : -1;
}

CALL(score_counts)
{
    (void)self;
    static const Want wants[] = {{"slots", I32, 1, 0, 0},
                                 {"counts", U8, 1, 0, 0},
                                 {"starts", I64, 1, 0, 0},
                                 {"out", F64, 2, 1, 0}};
    Py_buffer v[4] = {{0}};
    const Model *m = n_args == 5 ? PyCapsule_GetPointer(args[0], MODEL) : NULL;
    if (!m)
        return n_args == 5 ? NULL : fail("expected a model, slots, counts, starts and out");
    int64_t *sums = malloc(m->n_outputs * sizeof *sums);
    int done = 0;
    if (!sums) {
        PyErr_NoMemory();
    } else if (take_all(args + 1, n_args - 1, wants, v, 4) == 0 && check_counts(m, v) == 0) {
        Py_BEGIN_ALLOW_THREADS
        score_all(m, v[0].buf, v[1].buf, v[2].buf, (size_t)v[3].shape[0], sums, v[3].buf);
        Py_END_ALLOW_THREADS
        done = 1;
    }
    free(sums);
    release(v, 4);
    return done ? Py_NewRef(Py_None) : NULL;
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

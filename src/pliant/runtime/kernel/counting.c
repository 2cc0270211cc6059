/* Counts of texts' grams by slot: what runtime/grams.py says, to the last bit.
 *
 * A text comes as its tokens, apart by single spaces, in UTF-8. The slot of a gram is made of its
 * CRC-32, which is carried on from gram to gram where one begins as the other does.
 */
#include "counting.h"
#include "crc.h"

/* Scripts without spaces: UNSPACED of runtime/tokens.py. */
static const uint32_t UNSPACED[][2] = {
    {0x0E00, 0x0EFF}, {0x1000, 0x109F}, {0x1780, 0x17FF}, {0x3040, 0x30FF},  {0x31F0, 0x31FF},
    {0x3400, 0x4DBF}, {0x4E00, 0x9FFF}, {0xF900, 0xFAFF}, {0x20000, 0x3FFFF}};

/* Whether a text begins with a character of three bytes or more of a script without spaces. */
static int is_unspaced(const unsigned char *text)
{
    if (text[0] < 0xE0)
        return 0;
    const uint32_t point =
        text[0] < 0xF0
            ? (uint32_t)(text[0] & 15) << 12 | (uint32_t)(text[1] & 63) << 6 | (text[2] & 63)
            : (uint32_t)(text[0] & 7) << 18 | (uint32_t)(text[1] & 63) << 12 |
                  (uint32_t)(text[2] & 63) << 6 | (text[3] & 63);
    for (size_t i = 0; i < sizeof UNSPACED / sizeof *UNSPACED; i++)
        if (point >= UNSPACED[i][0] && point <= UNSPACED[i][1])
            return 1;
    return 0;
}

static inline void add(Counter *counter, uint32_t crc)
{
    const uint32_t slot = (crc ^ CRC_START) & counter->slot_mask;
    uint32_t place = slot & counter->place_mask, cell;
    while ((cell = counter->cells[place]) && cell >> COUNT_BITS != slot)
        place = (place + 1) & counter->place_mask;
    if (cell == 0) {
        counter->touched[counter->n++] = place;
        cell = slot << COUNT_BITS;
    }
    counter->cells[place] = cell + ((cell & MAX_COUNT) < MAX_COUNT);
}

/* How many bytes the character has that begins with this one. */
static inline size_t length_of(unsigned char first)
{
    return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* Adds the grams of a token's characters, with a space before it and after. */
static void add_characters(const Recipe *r, const unsigned char *token, size_t n, Counter *counter)
{
    const uint32_t marked = crc_after(CRC_START, '\n');
    for (size_t start = 0, first = 1; first || start < n; first = 0) {
        uint32_t crc = first ? crc_after(marked, ' ') : marked;
        size_t at = start;
        long taken = first ? 1 : 0;
        for (; taken < r->high && at < n; taken++) {
            const size_t next = at + length_of(token[at]);
            crc = crc_after_all(crc, token + at, next - at);
            at = next;
            if (taken + 1 >= r->low)
                add(counter, crc);
        }
        if (taken < r->high && taken + 1 >= r->low)
            add(counter, crc_after(crc, ' '));
        if (!first)
            start += length_of(token[start]);
    }
}

/* How many grams a text of so many bytes has at most: a few for each token, which takes a byte with
 * its space at least, and for each place at which grams of characters begin. */
static size_t most_grams(const Recipe *r, size_t n_bytes)
{
    const long words = r->words > UNSPACED_WORDS ? r->words : UNSPACED_WORDS;
    const size_t grams = (n_bytes + 1) * (size_t)(words + r->high);
    const size_t n_slots = (size_t)1 << r->bits;
    return grams < n_slots ? grams : n_slots;
}

size_t places_for(size_t n)
{
    size_t places = 1;
    while (places < 2 * n)
        places *= 2;
    return places;
}

void count_grams(const Recipe *r, Text text, Counter *counter)
{
    counter->place_mask = (uint32_t)(places_for(most_grams(r, text.n)) - 1);
    uint32_t crc[MAX_WORDS]; /* of the grams of 1, 2, ... tokens up to the last one */
    long before = 0, unspaced = 0; /* tokens, and how many in a row are without spaces */
    for (size_t start = 0, end; start < text.n; start = end + 1) {
        const unsigned char *token = text.text + start;
        for (end = start; end < text.n && text.text[end] != ' '; end++)
            ;
        const size_t n = end - start;
        unspaced = is_unspaced(token) ? unspaced + 1 : 0;
        before += before < MAX_WORDS;
        for (long k = before - 1; k >= 0; k--) {
            crc[k] = k ? crc_after(crc[k - 1], ' ') : CRC_START;
            crc[k] = crc_after_all(crc[k], token, n);
            if (k < r->words || (k < UNSPACED_WORDS && k < unspaced))
                add(counter, crc[k]);
        }
        if (r->high && !unspaced && n > length_of(token[0]))
            add_characters(r, token, n, counter);
    }
}

int read_recipe(PyObject *tuple, Recipe *recipe)
{
    if (!PyTuple_Check(tuple) || PyTuple_Size(tuple) != 4) {
        fail("expected a recipe of words, low, high and bits");
        return -1;
    }
    long *fields[] = {&recipe->words, &recipe->low, &recipe->high, &recipe->bits};
    for (Py_ssize_t i = 0; i < 4; i++) {
        *fields[i] = PyLong_AsLong(PyTuple_GetItem(tuple, i));
        if (*fields[i] == -1 && PyErr_Occurred())
            return -1;
    }
    if (recipe->words < 0 || recipe->words > MAX_WORDS || recipe->low < 0 || recipe->high < 0 ||
        recipe->high > MAX_CHARACTERS ||
        recipe->bits < 1 || recipe->bits > MAX_BITS) {
        fail("expected from 0 to 4 words, up to 64 characters, and from 1 to 22 bits");
        return -1;
    }
    return 0;
}

int make_counter(const Recipe *recipe, size_t longest, Counter *counter)
{
    const size_t grams = most_grams(recipe, longest);
    counter->slot_mask = (uint32_t)(((size_t)1 << recipe->bits) - 1);
    counter->n = 0;
    counter->cells = calloc(places_for(grams), sizeof(uint32_t));
    counter->touched = malloc(grams * sizeof(uint32_t));
    if (counter->cells && counter->touched)
        return 0;
    free_counter(counter);
    PyErr_NoMemory();
    return -1;
}

void free_counter(Counter *counter)
{
    free(counter->cells);
    free(counter->touched);
}

Text *texts_of(PyObject *tuple, Py_ssize_t n, size_t *longest)
{
    *longest = 0;
    Text *texts = malloc((size_t)(n + 1) * sizeof(Text));
    if (!texts) {
        PyErr_NoMemory();
        return NULL;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        Py_ssize_t length;
        const char *text = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(tuple, i), &length);
        if (!text) {
            free(texts);
            return NULL;
        }
        texts[i] = (Text){(const unsigned char *)text, (size_t)length};
        if ((size_t)length > *longest)
            *longest = (size_t)length;
    }
    return texts;
}

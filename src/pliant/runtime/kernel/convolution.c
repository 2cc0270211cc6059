/* Layers of convolutions: packed once, every number checked, and run image after image. */
#include "convolution.h"
#include "module.h"
#include "running.h"

enum { OUTPUTS, SIZE, STRIDE, PADDING, POOL, RELU, N_FIELDS };

#define MAX_VALUES (1 << 24) /* of an image, and weights of a layer */
#define MAX_LAYERS 64
#define MAX_SIDE 4096
#define RUN "pliant.convolutions"

/* A layer. What it reads has `high` x `wide` pixels with the zeros around; what it makes, `rows` x
 * `columns` after the pooling. `starts` has where the window of each pixel begins; those of one
 * square that is pooled lie together. */
typedef struct {
    size_t outputs, channels, padding, pool, high, wide, rows, columns, groups, n_pixels;
    Window window;
    uint32_t *starts;
    float *weights, *bias;
    int relu;
} Layer;

typedef struct {
    Layer *layers;
    size_t n_layers, height, width, channels, held, most_made, cost;
    int mean; /* of a channel's pixels in the end, not the greatest */
} Net;

static void free_net(Net *net)
{
    for (size_t i = 0; net->layers && i < net->n_layers; i++) {
        free(net->layers[i].starts);
        free(net->layers[i].weights);
        free(net->layers[i].bias);
    }
    free(net->layers);
    free(net);
}

static void drop_net(PyObject *capsule)
{
    free_net(PyCapsule_GetPointer(capsule, RUN));
}

/* ---- packing ---------------------------------------------------------------------------- */

/* Sets the sizes of a layer on an image of `high` x `wide`; 0 where they are none or too large. */
static int size_layer(Layer *layer, const int32_t *of, size_t high, size_t wide, size_t channels)
{
    static const int32_t LEAST[] = {1, 1, 1, 0, 1, 0};
    static const int32_t MOST[] = {MAX_SIDE, MAX_SIDE, MAX_SIDE, MAX_SIDE, MAX_SIDE, 1};
    for (int f = 0; f < N_FIELDS; f++)
        if (of[f] < LEAST[f] || of[f] > MOST[f])
            return 0;
    const size_t size = (size_t)of[SIZE], stride = (size_t)of[STRIDE];
    layer->outputs = (size_t)of[OUTPUTS];
    layer->channels = channels;
    layer->padding = (size_t)of[PADDING];
    layer->pool = (size_t)of[POOL];
    layer->relu = of[RELU];
    layer->groups = (layer->outputs + GROUP - 1) / GROUP;
    layer->high = high + 2 * layer->padding;
    layer->wide = wide + 2 * layer->padding;
    if (layer->padding >= size || size > layer->high || size > layer->wide)
        return 0;
    layer->rows = ((layer->high - size) / stride + 1) / layer->pool;
    layer->columns = ((layer->wide - size) / stride + 1) / layer->pool;
    layer->n_pixels = layer->rows * layer->columns * layer->pool * layer->pool;
    layer->window = (Window){size, layer->wide * channels, size * channels};
    return layer->n_pixels > 0 && layer->high * layer->wide * channels <= MAX_VALUES &&
           layer->n_pixels * layer->groups * GROUP <= 2 * MAX_VALUES &&
           layer->outputs * size * size * channels <= MAX_VALUES;
}

/* Fills `starts`, square after square. */
static int place_windows(Layer *layer, size_t stride)
{
    uint32_t *at = layer->starts = malloc(layer->n_pixels * sizeof *at);
    if (!at)
        return 0;
    for (size_t y = 0; y < layer->rows; y++)
        for (size_t x = 0; x < layer->columns; x++)
            for (size_t i = 0; i < layer->pool; i++)
                for (size_t j = 0; j < layer->pool; j++) {
                    const size_t row = (y * layer->pool + i) * stride;
                    const size_t column = (x * layer->pool + j) * stride;
                    *at++ = (uint32_t)((row * layer->wide + column) * layer->channels);
                }
    return 1;
}

/* Lays weights, int8 (outputs, values of a window), times their scales into groups. */
static int lay_weights(Layer *layer, const int8_t *from, const float *scale, const float *bias)
{
    const size_t n = layer->window.runs * layer->window.length;
    layer->weights = calloc(layer->groups * n * GROUP, sizeof(float));
    layer->bias = calloc(layer->groups * GROUP, sizeof(float));
    if (!layer->weights || !layer->bias)
        return 0;
    for (size_t o = 0; o < layer->outputs; o++) {
        float *to = layer->weights + o / GROUP * n * GROUP + o % GROUP;
        for (size_t k = 0; k < n; k++)
            to[k * GROUP] = (float)from[o * n + k] * scale[o];
        layer->bias[o] = bias[o];
    }
    return 1;
}

enum { LAYERS, WEIGHTS, SCALE, BIAS, N_ARRAYS };

/* Fills the layers; -1 with an exception. */
static int fill_net(Net *net, const Py_buffer *v)
{
    const size_t n_weights = (size_t)v[WEIGHTS].shape[0], n_outputs = (size_t)v[BIAS].shape[0];
    size_t high = net->height, wide = net->width, channels = net->channels;
    size_t weight = 0, output = 0, n = (size_t)v[LAYERS].shape[0];
    int fits = v[SCALE].shape[0] == v[BIAS].shape[0];
    for (size_t i = 0; fits && i < n; i++) {
        const int32_t *of = (const int32_t *)v[LAYERS].buf + i * N_FIELDS;
        Layer *layer = &net->layers[i];
        fits = size_layer(layer, of, high, wide, channels);
        const size_t held = layer->outputs * layer->window.runs * layer->window.length;
        fits = fits && held <= n_weights - weight && layer->outputs <= n_outputs - output;
        if (!fits)
            break;
        net->n_layers++;
        if (!place_windows(layer, (size_t)of[STRIDE]) ||
            !lay_weights(layer, (const int8_t *)v[WEIGHTS].buf + weight,
                         (const float *)v[SCALE].buf + output,
                         (const float *)v[BIAS].buf + output)) {
            PyErr_NoMemory();
            return -1;
        }
        const size_t made = (layer->n_pixels + PIXELS) * layer->groups * GROUP; /* the last tile */
        net->most_made = made > net->most_made ? made : net->most_made;
        net->held += layer->high * layer->wide * channels;
        net->cost += made * layer->window.runs * layer->window.length / 64;
        weight += held, output += layer->outputs;
        high = layer->rows, wide = layer->columns, channels = layer->outputs;
    }
    if (fits && weight == n_weights && output == n_outputs)
        return 0;
    fail("expected layers that fit an image, and as many weights, scales and biases as they have");
    return -1;
}

CALL(pack_convolutions)
{
    (void)self;
    static const Want wants[N_ARRAYS] = {{"layers", I32, 2, 0, 0},
                                         {"weights", I8, 1, 0, 0},
                                         {"scale", F32, 1, 0, 0},
                                         {"bias", F32, 1, 0, 0}};
    Py_buffer v[N_ARRAYS] = {{0}};
    int side[4];
    PyObject *out = NULL;
    if (n_args < 1 || !PyTuple_Check(args[0]) ||
        !PyArg_ParseTuple(args[0], "iiii", &side[0], &side[1], &side[2], &side[3]))
        return n_args < 1 ? fail("expected sides and arrays") : NULL;
    for (int i = 0; i < 3; i++)
        if (side[i] < 1 || side[i] > MAX_SIDE)
            return fail("expected images of 1 to 4096 pixels a side, and channels");
    Net *net = calloc(1, sizeof *net);
    if (!net)
        return PyErr_NoMemory();
    net->height = (size_t)side[0], net->width = (size_t)side[1], net->channels = (size_t)side[2];
    net->mean = side[3];
    if (take_all(args + 1, n_args - 1, wants, v, N_ARRAYS) == 0) {
        const Py_ssize_t n = v[LAYERS].shape[0];
        if (n < 1 || n > MAX_LAYERS || v[LAYERS].shape[1] != N_FIELDS)
            fail("expected 1 to 64 layers of 6 numbers");
        else if (!(net->layers = calloc((size_t)n, sizeof *net->layers)))
            PyErr_NoMemory();
        else if (fill_net(net, v) == 0)
            out = PyCapsule_New(net, RUN, drop_net);
    }
    release(v, N_ARRAYS);
    if (!out)
        free_net(net);
    return out;
}

/* ---- running ---------------------------------------------------------------------------- */

/* A tile in plain C. */
static void tile_portable(const float *const *from, const Window *window, const float *weights,
                          const float *bias, float *out, size_t row)
{
    enum { N = 4 };
    for (size_t p = 0; p < N; p++) {
        float sums[GROUP];
        const float *x = from[p], *w = weights;
        memcpy(sums, bias, sizeof sums);
        for (size_t run = 0; run < window->runs; run++, x += window->apart)
            for (size_t k = 0; k < window->length; k++, w += GROUP)
                for (size_t o = 0; o < GROUP; o++)
                    sums[o] += x[k] * w[o];
        memcpy(out + p * row, sums, sizeof sums);
    }
}

static Tiles tiles_in_use(void)
{
#if HAVE_AVX2
    if (level == WITH_AVX512)
        return TILES_AVX512;
    if (level == WITH_AVX2)
        return TILES_AVX2;
#endif
    return (Tiles){tile_portable, 4};
}

/* Writes to `made`, a row of all groups' outputs a pixel, what a layer makes of an image. */
static void convolve(const Layer *layer, Tiles tiles, const float *image, float *made)
{
    const size_t row = layer->groups * GROUP, n = layer->window.runs * layer->window.length;
    for (size_t g = 0; g < layer->groups; g++)
        for (size_t at = 0; at < layer->n_pixels; at += tiles.pixels) {
            const float *from[PIXELS];
            const size_t rest = layer->n_pixels - at;
            for (size_t p = 0; p < tiles.pixels; p++)
                from[p] = image + layer->starts[at + (p < rest ? p : rest - 1)];
            tiles.tile(from, &layer->window, layer->weights + g * n * GROUP,
                       layer->bias + g * GROUP, made + at * row + g * GROUP, row);
        }
}

ALWAYS_INLINE void pool_all(const float *from, size_t n, size_t row, size_t outputs, int relu,
                            float *restrict to)
{
    memcpy(to, from, outputs * sizeof *to);
    for (size_t i = 1; i < n; i++)
        for (size_t o = 0; o < outputs; o++)
            to[o] = from[i * row + o] > to[o] ? from[i * row + o] : to[o];
    if (relu)
        for (size_t o = 0; o < outputs; o++)
            to[o] = to[o] > 0 ? to[o] : 0;
}

DISPATCH(pool, pool_all,
         (const float *from, size_t n, size_t row, size_t outputs, int relu, float *to),
         (from, n, row, outputs, relu, to))

/* Pools what a layer made into the image that the next one reads, within its zeros. */
static void hand_on(const Layer *layer, const float *made, float *image, size_t wide,
                    size_t padding)
{
    const size_t square = layer->pool * layer->pool, row = layer->groups * GROUP;
    for (size_t y = 0; y < layer->rows; y++)
        for (size_t x = 0; x < layer->columns; x++, made += square * row)
            pool(made, square, row, layer->outputs, layer->relu,
                 image + ((y + padding) * wide + x + padding) * layer->outputs);
}

static void take_mean(const float *pixels, size_t n, size_t outputs, float *out)
{
    memcpy(out, pixels, outputs * sizeof *out);
    for (size_t i = 1; i < n; i++)
        for (size_t o = 0; o < outputs; o++)
            out[o] += pixels[i * outputs + o];
    for (size_t o = 0; o < outputs; o++)
        out[o] /= (float)n;
}

/* Lays the bytes of an image within the zeros of the first layer. */
static void lay_image(const Net *net, const uint8_t *bytes, float *image)
{
    const Layer *first = net->layers;
    const size_t row = net->width * net->channels;
    for (size_t y = 0; y < net->height; y++, bytes += row) {
        float *to = image + ((y + first->padding) * first->wide + first->padding) * net->channels;
        for (size_t i = 0; i < row; i++)
            to[i] = (float)bytes[i];
    }
}

typedef struct {
    const Net *net;
    const uint8_t *images;
    float *out, *memory;
} Running;

static void run_images(void *context, size_t from, size_t to)
{
    const Running *r = context;
    const Net *net = r->net;
    const Layer *last = &net->layers[net->n_layers - 1];
    const size_t values = net->height * net->width * net->channels;
    const Tiles tiles = tiles_in_use();
    float *made = r->memory + net->held;
    for (size_t i = from; i < to; i++) {
        float *image = r->memory;
        lay_image(net, r->images + i * values, image);
        for (const Layer *layer = net->layers; layer <= last; layer++) {
            float *next = image + layer->high * layer->wide * layer->channels;
            convolve(layer, tiles, image, made);
            if (layer < last)
                hand_on(layer, made, next, layer[1].wide, layer[1].padding);
            image = next;
        }
        float *pixels = made + net->most_made, *out = r->out + i * last->outputs;
        hand_on(last, made, pixels, last->columns, 0);
        if (net->mean)
            take_mean(pixels, last->rows * last->columns, last->outputs, out);
        else
            pool(pixels, last->rows * last->columns, last->outputs, last->outputs, 0, out);
    }
}

CALL(run_convolutions)
{
    (void)self;
    static const Want wants[] = {{"images", U8, 2, 0, 0}, {"out", F32, 2, 1, 0}};
    Py_buffer v[2] = {{0}};
    const Net *net = n_args == 3 ? PyCapsule_GetPointer(args[0], RUN) : NULL;
    int done = -1;
    if (!net)
        return n_args == 3 ? NULL : fail("expected a net, images and out");
    if (take_all(args + 1, 2, wants, v, 2) == 0) {
        const Layer *last = &net->layers[net->n_layers - 1];
        const size_t values = net->height * net->width * net->channels;
        const size_t pixels = last->rows * last->columns * last->outputs;
        if ((size_t)v[0].shape[1] != values || (size_t)v[1].shape[1] != last->outputs ||
            v[0].shape[0] != v[1].shape[0]) {
            fail("expected images of the net's size, and out of a row an image");
        } else {
            Running r = {net, v[0].buf, v[1].buf, NULL};
            r.memory = calloc(net->held + net->most_made + pixels, sizeof(float));
            if (r.memory)
                done = run(run_images, &r, (size_t)v[0].shape[0], net->cost);
            else
                PyErr_NoMemory();
            free(r.memory);
        }
    }
    release(v, 2);
    return done < 0 ? NULL : Py_NewRef(Py_None);
}

/* Layers of convolutions are packed once: every number is checked, every array copied. */
#include "convolution.h"
#include "module.h"

enum { OUTPUTS, SIZE, STRIDE, PADDING, POOL, RELU, N_FIELDS };

#define MAX_VALUES (1 << 24) /* of an image, and weights of a layer */
#define MAX_LAYERS 64
#define MAX_SIDE 4096
#define MIN_QUICK 16 /* channels from which Winograd's algorithm pays */

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
    free_net(PyCapsule_GetPointer(capsule, NET));
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
    layer->quick = size == 3 && stride == 1 && layer->pool <= 2 && channels >= MIN_QUICK;
    layer->down = layer->pool == 2 ? layer->rows : (layer->rows + 1) / 2;
    layer->across = layer->pool == 2 ? layer->columns : (layer->columns + 1) / 2;
    if (layer->quick) { /* a last square may reach beyond */
        layer->high = layer->high > 2 * layer->down + 2 ? layer->high : 2 * layer->down + 2;
        layer->wide = layer->wide > 2 * layer->across + 2 ? layer->wide : 2 * layer->across + 2;
    }
    layer->n_pixels = layer->rows * layer->columns * layer->pool * layer->pool;
    layer->window = (Window){size, layer->wide * channels, size * channels};
    return layer->n_pixels > 0 && layer->high * layer->wide * channels <= MAX_VALUES &&
           layer->n_pixels * layer->groups <= 2 * MAX_VALUES / GROUP &&
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

/* Lays weights, int8 (outputs, values of a window), times their scales into groups; those of a quick
 * layer group by group, point by point. */
static int lay_weights(Layer *layer, const int8_t *from, const float *scale, const float *bias)
{
    const size_t n = layer->window.runs * layer->window.length, channels = layer->channels;
    const size_t kept = layer->quick ? POINTS * channels : n;
    float *one = malloc(n * sizeof *one);
    layer->weights = calloc(layer->groups * kept * GROUP, sizeof(float));
    layer->bias = calloc(layer->groups * GROUP, sizeof(float));
    const int there = one && layer->weights && layer->bias;
    for (size_t o = 0; there && o < layer->outputs; o++) {
        float *to = layer->weights + o / GROUP * kept * GROUP + o % GROUP;
        layer->bias[o] = bias[o];
        for (size_t k = 0; k < n; k++)
            one[k] = (float)from[o * n + k] * scale[o];
        for (size_t k = 0; !layer->quick && k < n; k++)
            to[k * GROUP] = one[k];
        for (size_t c = 0; layer->quick && c < channels; c++)
            winograd_weights(one + c, channels, to + c * GROUP, channels * GROUP);
    }
    free(one);
    return there;
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
        const size_t made = layer->quick
                                ? winograd_scratch(layer)
                                : (layer->n_pixels + PIXELS) * layer->groups * GROUP;
        net->made = made > net->made ? made : net->made;
        net->held += values_of(layer);
        net->cost += layer->n_pixels * layer->groups * layer->window.runs * layer->window.length;
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
            out = PyCapsule_New(net, NET, drop_net);
    }
    release(v, N_ARRAYS);
    if (!out)
        free_net(net);
    return out;
}


/* Layers of convolutions are run, IMAGES through a layer at a time. */
#include "convolution.h"
#include "module.h"
#include "running.h"
#include <float.h>

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

/* Writes the greatest of n pixels' outputs, `row` values apart, or 0 where they are less than that
 * and `relu` says so. */
ALWAYS_INLINE void pool_one(const float *restrict from, size_t n, size_t row, size_t outputs,
                            int relu, float *restrict to)
{
    const float least = relu ? 0.0f : -FLT_MAX;
    for (size_t o = 0; o < outputs; o++)
        to[o] = from[o] > least ? from[o] : least;
    for (size_t i = 1; i < n; i++)
        for (size_t o = 0; o < outputs; o++)
            to[o] = from[i * row + o] > to[o] ? from[i * row + o] : to[o];
}

/* Pools what a layer made of an image into its target. */
ALWAYS_INLINE void hand_on_all(const Layer *layer, const float *made, Target target)
{
    const size_t square = layer->pool * layer->pool, row = layer->groups * GROUP;
    for (size_t y = 0; y < layer->rows; y++)
        for (size_t x = 0; x < layer->columns; x++, made += square * row)
            pool_one(made, square, row, layer->outputs, layer->relu,
                     target.pixels + (y * target.wide + x) * layer->outputs);
}

DISPATCH(hand_on, hand_on_all, (const Layer *layer, const float *made, Target target),
         (layer, made, target))

static void run_layer(const Layer *layer, Tiles tiles, const float *images, size_t n, Target target,
                      float *made)
{
    if (layer->quick) {
        winograd(layer, tiles, images, n, target, made);
        return;
    }
    for (size_t i = 0; i < n; i++, target.pixels += target.each) {
        convolve(layer, tiles, images + i * values_of(layer), made);
        hand_on(layer, made, target);
    }
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

/* Takes at most IMAGES through all layers. */
static void run_some(const Running *r, size_t from, size_t n, Tiles tiles)
{
    const Net *net = r->net;
    const Layer *last = &net->layers[net->n_layers - 1];
    const size_t values = net->height * net->width * net->channels;
    const size_t n_pixels = last->rows * last->columns;
    float *images = r->memory, *made = images + IMAGES * net->held;
    float *pixels = made + net->made;
    for (size_t i = 0; i < n; i++)
        lay_image(net, r->images + (from + i) * values, images + i * values_of(net->layers));
    for (const Layer *layer = net->layers; layer <= last; layer++) {
        float *next = images + IMAGES * values_of(layer);
        Target target = {pixels, n_pixels * last->outputs, last->columns};
        if (layer < last) {
            const Layer *to = layer + 1;
            const size_t first = (to->padding * to->wide + to->padding) * to->channels;
            target = (Target){next + first, values_of(to), to->wide};
        }
        run_layer(layer, tiles, images, n, target, made);
        images = next;
    }
    for (size_t i = 0; i < n; i++, pixels += n_pixels * last->outputs) {
        float *out = r->out + (from + i) * last->outputs;
        if (net->mean)
            take_mean(pixels, n_pixels, last->outputs, out);
        else
            pool_one(pixels, n_pixels, last->outputs, last->outputs, 0, out);
    }
}

static void run_images(void *context, size_t from, size_t to)
{
    const Tiles tiles = tiles_in_use();
    for (size_t at = from; at < to; at += IMAGES)
        run_some(context, at, to - at < IMAGES ? to - at : IMAGES, tiles);
}

CALL(run_convolutions)
{
    (void)self;
    static const Want wants[] = {{"images", U8, 2, 0, 0}, {"out", F32, 2, 1, 0}};
    Py_buffer v[2] = {{0}};
    const Net *net = n_args == 3 ? PyCapsule_GetPointer(args[0], NET) : NULL;
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
            r.memory = calloc(IMAGES * (net->held + pixels) + net->made, sizeof(float));
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

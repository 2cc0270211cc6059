/* Convolutions of 3 x 3 by the algorithm of Winograd, F(2 x 2, 3 x 3): Lavin and Gray (2016).
 *
 * The 4 x 4 values below four neighbouring pixels are turned into 16 others, each of which is
 * multiplied by a weight of its own; their sums over the channels are turned into the four pixels:
 * 16 products take the place of 36.
 */
#include "convolution.h"

#include <float.h>

void winograd_weights(const float *window, size_t apart, float *to, size_t further)
{
    double rows[4][3], out[4];
    for (size_t j = 0; j < 3; j++) {
        const double a = (double)window[j * apart], b = (double)window[(3 + j) * apart];
        const double c = (double)window[(6 + j) * apart];
        rows[0][j] = a, rows[3][j] = c;
        rows[1][j] = (a + b + c) / 2, rows[2][j] = (a - b + c) / 2;
    }
    for (size_t i = 0; i < 4; i++) {
        const double a = rows[i][0], b = rows[i][1], c = rows[i][2];
        out[0] = a, out[3] = c;
        out[1] = (a + b + c) / 2, out[2] = (a - b + c) / 2;
        for (size_t j = 0; j < 4; j++)
            to[(4 * i + j) * further] = (float)out[j];
    }
}

/* Turns the channels of 4 x 4 pixels, rows `row` values apart, into rows of `to`, `apart` apart. */
ALWAYS_INLINE void turn_all(const float *restrict from, size_t row, size_t n, float *restrict to,
                            size_t apart)
{
    NO_OVERLAP
    for (size_t c = 0; c < n; c++) {
        float d[4][4];
        for (size_t j = 0; j < 4; j++) {
            const float *x = from + j * n + c;
            const float a = x[0], b = x[row], e = x[2 * row], f = x[3 * row];
            d[0][j] = a - e, d[1][j] = b + e, d[2][j] = e - b, d[3][j] = b - f;
        }
        for (size_t i = 0; i < 4; i++) {
            float *y = to + 4 * i * apart + c;
            y[0] = d[i][0] - d[i][2];
            y[apart] = d[i][1] + d[i][2];
            y[2 * apart] = d[i][2] - d[i][1];
            y[3 * apart] = d[i][1] - d[i][3];
        }
    }
}

DISPATCH(turn, turn_all, (const float *from, size_t row, size_t n, float *to, size_t apart),
         (from, row, n, to, apart))

/* Turns 16 sums of each output into four pixels, at `to`, or into the greatest of them. */
ALWAYS_INLINE void return_all(const float *restrict from, size_t apart, size_t n,
                              const float *restrict bias, float least, int pooled,
                              float *restrict to0, float *restrict to1, float *restrict to2,
                              float *restrict to3)
{
    NO_OVERLAP
    for (size_t o = 0; o < n; o++) {
        float r[2][4];
        for (size_t j = 0; j < 4; j++) {
            const float *m = from + j * apart + o;
            const float a = m[0], b = m[4 * apart], c = m[8 * apart], d = m[12 * apart];
            r[0][j] = a + b + c, r[1][j] = b - c - d;
        }
        const float p = r[0][0] + r[0][1] + r[0][2], q = r[0][1] - r[0][2] - r[0][3];
        const float s = r[1][0] + r[1][1] + r[1][2], t = r[1][1] - r[1][2] - r[1][3];
        if (pooled) {
            const float x = p > q ? p : q, y = s > t ? s : t, z = (x > y ? x : y) + bias[o];
            to0[o] = z > least ? z : least;
        } else {
            const float w = p + bias[o], x = q + bias[o], y = s + bias[o], z = t + bias[o];
            to0[o] = w > least ? w : least;
            to1[o] = x > least ? x : least;
            to2[o] = y > least ? y : least;
            to3[o] = z > least ? z : least;
        }
    }
}

DISPATCH(give_back, return_all,
         (const float *from, size_t apart, size_t n, const float *bias, float least, int pooled,
          float *to0, float *to1, float *to2, float *to3),
         (from, apart, n, bias, least, pooled, to0, to1, to2, to3))

size_t winograd_scratch(const Layer *layer)
{
    const size_t row = layer->groups * GROUP;
    return POINTS * (TOGETHER * layer->channels + (TOGETHER + PIXELS) * row) + 4 * layer->outputs;
}

/* Makes the sums of n squares from what they were turned into. */
static void add_products(const Layer *layer, Tiles tiles, const float *turned, size_t n, float *sums)
{
    static const float none[GROUP] = {0};
    const size_t channels = layer->channels, row = layer->groups * GROUP;
    const Window window = {1, 0, channels};
    const float *weights = layer->weights;
    for (size_t g = 0; g < layer->groups; g++)
        for (size_t i = 0; i < POINTS; i++, weights += channels * GROUP)
            for (size_t at = 0; at < n; at += tiles.pixels) {
                const float *from[PIXELS];
                for (size_t p = 0; p < tiles.pixels; p++)
                    from[p] = turned + (i * TOGETHER + (at + p < n ? at + p : n - 1)) * channels;
                tiles.tile(from, &window, weights, none,
                           sums + (i * (TOGETHER + PIXELS) + at) * row + g * GROUP, row);
            }
}

/* Makes the pixels of a square from its sums; those that there are not go to `spare`. */
static void give_square(const Layer *layer, const float *sums, size_t square, Target target,
                        float *spare)
{
    const size_t y = square / layer->across, x = square % layer->across, n = layer->outputs;
    const int pooled = layer->pool == 2;
    float *to[4];
    for (size_t i = 0; i < 4; i++) {
        const size_t down = pooled ? y : 2 * y + i / 2, over = pooled ? x : 2 * x + i % 2;
        const int there = down < layer->rows && over < layer->columns;
        to[i] = there ? target.pixels + (down * target.wide + over) * n : spare + i * n;
    }
    give_back(sums, (TOGETHER + PIXELS) * layer->groups * GROUP, n, layer->bias,
              layer->relu ? 0.0f : -FLT_MAX, pooled, to[0], to[1], to[2], to[3]);
}

void winograd(const Layer *layer, Tiles tiles, const float *images, size_t n_images, Target target,
              float *scratch)
{
    const size_t channels = layer->channels, row = layer->wide * channels;
    const size_t n_squares = layer->down * layer->across, total = n_images * n_squares;
    float *sums = scratch + POINTS * TOGETHER * channels;
    float *spare = sums + POINTS * (TOGETHER + PIXELS) * layer->groups * GROUP;
    for (size_t at = 0; at < total; at += TOGETHER) {
        const size_t n = total - at < TOGETHER ? total - at : TOGETHER;
        for (size_t t = 0; t < n; t++) {
            const size_t image = (at + t) / n_squares, square = (at + t) % n_squares;
            const size_t y = square / layer->across, x = square % layer->across;
            turn(images + image * values_of(layer) + 2 * y * row + 2 * x * channels, row, channels,
                 scratch + t * channels, TOGETHER * channels);
        }
        add_products(layer, tiles, scratch, n, sums);
        for (size_t t = 0; t < n; t++) {
            const size_t image = (at + t) / n_squares;
            const Target own = {target.pixels + image * target.each, target.each, target.wide};
            give_square(layer, sums + t * layer->groups * GROUP, (at + t) % n_squares, own, spare);
        }
    }
}

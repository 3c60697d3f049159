/* image_lines.h - begin and end of the sweeps that add up views in rows of an image; after sweep.h and ARGUMENTS. */
#ifndef PTM_SHADERS_IMAGE_LINES_H
#define PTM_SHADERS_IMAGE_LINES_H
STRUCT(line) { int at; };

BEGIN(line, y, one)
{
    line my;
    my.at = y;
    EACH(x) L(sum, x) = carry != 0 ? AT(image, SIZE(y) * SIZE(nx) + SIZE(x)) : REAL(0);
    return my;
}

END(line, y, one)
{
    EACH(x) AT(image, SIZE(y) * SIZE(nx) + SIZE(x)) = L(sum, x);
}
#endif

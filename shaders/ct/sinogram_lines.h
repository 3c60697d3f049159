/* sinogram_lines.h - begin and end of the sweeps that add up slices in rows of a sinogram; after sweep.h, flat.h and
 * ARGUMENTS. */
#ifndef PTM_SHADERS_SINOGRAM_LINES_H
#define PTM_SHADERS_SINOGRAM_LINES_H
STRUCT(fan) { int at; };

BEGIN(fan, view, one)
{
    fan my;
    my.at = view;
    EACH(u) L(sum, u) = carry != 0 ? AT(sinogram, SIZE(view) * SIZE(nu) + SIZE(u)) : REAL(0);
    return my;
}

END(fan, view, one)
{
    const int lengths = (FLAT_RAY * view + FLAT_LENGTH) * nu;
    EACH(u) AT(sinogram, SIZE(view) * SIZE(nu) + SIZE(u)) = L(sum, u) * (finish != 0 ? AT(rays, lengths + u) : REAL(1));
}
#endif

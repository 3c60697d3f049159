/* voxel_lines.h - begin and end of the sweeps that add up views in lines of voxels; after sweep.h and ARGUMENTS. */
#ifndef PTM_SHADERS_VOXEL_LINES_H
#define PTM_SHADERS_VOXEL_LINES_H
STRUCT(column) { int at; };

BEGIN(column, x, y)
{
    column my;
    my.at = y * nx + x;
    EACH(z) L(sum, z) = carry != 0 ? AT(voxels, SIZE(my.at) * SIZE(nz) + SIZE(z)) : REAL(0);
    return my;
}

END(column, x, y)
{
    EACH(z) AT(voxels, SIZE(my.at) * SIZE(nz) + SIZE(z)) = L(sum, z);
}
#endif

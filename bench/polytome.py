"""The little of libpolytome that peers.py, projectors.py and fft.py call, through ctypes. Arrays are NumPy's, float32 or complex64, and dense."""
import ctypes as c

import numpy as np

class Struct(c.Structure):
    """A struct that begins with its size."""

    def __init__(self, **fields):
        super().__init__(**fields)
        if self._fields_[0][0] == "struct_size":
            self.struct_size = c.sizeof(self)


class ContextOptions(Struct):
    _fields_ = [("struct_size", c.c_size_t), ("log", c.c_void_p), ("log_user", c.c_void_p), ("threads", c.c_int)]


class Volume(Struct):
    _fields_ = [("shape", c.c_int * 3), ("spacing", c.c_double * 3), ("offset", c.c_double * 3)]


class Detector(Struct):
    _fields_ = [("shape", c.c_int * 2), ("spacing", c.c_double * 2), ("offset", c.c_double * 2), ("flip_u", c.c_bool),
                ("flip_v", c.c_bool), ("cylindrical", c.c_bool)]


class CircularOptions(Struct):
    _fields_ = [("struct_size", c.c_size_t), ("volume", Volume), ("detector", Detector), ("views", c.c_int),
                ("angles", c.POINTER(c.c_double)), ("start", c.c_double), ("range", c.c_double), ("sod", c.c_double),
                ("sdd", c.c_double), ("axis_offset", c.c_double)]


class Array(Struct):
    _fields_ = [("struct_size", c.c_size_t), ("type", c.c_int), ("dimensions", c.c_int), ("shape", c.c_int64 * 4),
                ("stride", c.c_int64 * 4), ("data", c.c_void_p), ("memory", c.c_void_p), ("offset", c.c_int64)]


class FftOptions(Struct):
    _fields_ = [("struct_size", c.c_size_t), ("kind", c.c_int), ("precision", c.c_int), ("dimensions", c.c_int),
                ("shape", c.c_int64 * 4), ("inverse", c.c_bool), ("unitary", c.c_bool), ("centred", c.c_bool),
                ("workspace", c.c_uint64), ("library", c.c_int)]


class ProjectorOptions(Struct):
    _fields_ = [("struct_size", c.c_size_t), ("precision", c.c_int), ("sampling", c.c_int), ("family", c.c_int),
                ("workspace", c.c_uint64), ("near_fraction", c.c_double), ("batch", c.c_int), ("ray_samples", c.c_int),
                ("step", c.c_double), ("voxel_samples", c.c_int), ("model", c.c_int)]


TYPES = {np.dtype(np.float32): 0, np.dtype(np.complex64): 2}


def view(array):
    """A NumPy array as a ptm_array."""
    assert array.flags.c_contiguous
    return Array(type=TYPES[array.dtype], dimensions=array.ndim, shape=(c.c_int64 * 4)(*array.shape), data=array.ctypes.data)


class Library:
    def __init__(self, path):
        self.lib = c.CDLL(path)
        self.lib.ptm_error_message.restype = self.lib.ptm_version.restype = c.c_char_p
        self.lib.ptm_operator_memory.restype = c.c_uint64
        self.version = self.lib.ptm_version().decode()

    def call(self, name, *arguments):
        if getattr(self.lib, name)(*arguments):
            raise RuntimeError(self.lib.ptm_error_message().decode())


class Device:
    """A context and a device of it, until the process ends; operators until clear()."""

    def __init__(self, library, name, threads):
        self.library, self.context, self.device, self.operators = library, c.c_void_p(), c.c_void_p(), []
        library.call("ptm_context_create", c.byref(self.context), c.byref(ContextOptions(threads=threads)))
        library.call("ptm_device_open", c.byref(self.device), self.context, name.encode())

    def scan(self, kind, options):
        """kind: parallel or cone."""
        scan = c.c_void_p()
        self.library.call("ptm_scan_" + kind, c.byref(scan), self.context, c.byref(options))
        return scan

    def operator(self, kind, scan, options=None):
        """kind: projector, backprojector or fbp. Returns f(out, in) for the operator and for its adjoint."""
        return self._create(f"ptm_{kind}_create", scan, c.byref(options) if options else None)

    def fft(self, shape, vendor):
        """Complex rows of an array of this shape; vendor: by the vendor's library."""
        options = FftOptions(dimensions=len(shape), shape=(c.c_int64 * 4)(*shape), library=2 if vendor else 1)
        return self._create("ptm_fft_create", c.byref(options))

    def clear(self):
        for op in self.operators:
            self.library.lib.ptm_operator_destroy(c.byref(op))
        self.operators.clear()

    def _create(self, create, *arguments):
        op, lib = c.c_void_p(), self.library
        lib.call(create, c.byref(op), self.device, *arguments)
        self.operators.append(op)

        def apply(name):
            return lambda out, given: lib.call(name, op, c.byref(view(out)), c.byref(view(given)))
        return apply("ptm_apply"), apply("ptm_apply_adjoint")

"""The little of PJSIP that its Python binding leaves out, called in the binding's own library."""

from __future__ import annotations

import ctypes
from typing import Any

import pjsua2 as pj

library = ctypes.CDLL(pj._pjsua2.__file__)
library.pjsip_rdata_get_dlg.argtypes = [ctypes.c_void_p]
library.pjsip_rdata_get_dlg.restype = ctypes.c_void_p
library.pjsip_dlg_respond.argtypes = [
    ctypes.c_void_p,  # dialogue
    ctypes.c_void_p,  # request
    ctypes.c_int,  # status code
    ctypes.c_void_p,  # text, None = as usual
    ctypes.c_void_p,  # more headers
    ctypes.c_void_p,  # body
]


def respond(request: Any, code: int) -> None:
    """Answer a request inside a call, before PJSIP calls it unhandled and sends 500.

    Only from onCallTsxState, while PJSIP holds the dialogue; `request` is its SipRxData.
    """
    received = int(request.pjRxData)
    dialogue = library.pjsip_rdata_get_dlg(received)
    if dialogue:
        library.pjsip_dlg_respond(dialogue, received, code, None, None, None)

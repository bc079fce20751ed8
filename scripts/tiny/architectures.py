"""The table of all architectures, by the name in the file's name."""

from layer_norm import LAYER_NORMS
from mixtures import MIXTURES
from rms_norm import RMS_NORMS

ARCHITECTURES = RMS_NORMS | LAYER_NORMS | MIXTURES

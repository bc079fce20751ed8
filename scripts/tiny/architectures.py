"""The table of all architectures, by the name in the file's name."""

from biased_mixtures import BIASED_MIXTURES
from hybrids import HYBRIDS
from layer_norm import LAYER_NORMS
from mixtures import MIXTURES
from rms_norm import RMS_NORMS

ARCHITECTURES = RMS_NORMS | LAYER_NORMS | MIXTURES | BIASED_MIXTURES | HYBRIDS

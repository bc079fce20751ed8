"""The table of all architectures, by the name in the file's name."""

from biased_mixtures import BIASED_MIXTURES
from gemma4 import GEMMA_4
from hybrids import HYBRIDS
from layer_norm import LAYER_NORMS
from mixtures import MIXTURES
from rms_norm import RMS_NORMS

ARCHITECTURES = RMS_NORMS | GEMMA_4 | LAYER_NORMS | MIXTURES | BIASED_MIXTURES | HYBRIDS

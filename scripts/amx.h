/* Given to every C++ file of the engine (build_flags in target.sh).
 *
 * GCC's own _tile_loadconfig (that of 12, for one) tells the optimiser that it
 * reads 8 bytes of the configuration and not all 64. The rest is then never
 * stored, and the first product of quantised weights ends in a segmentation
 * fault on a CPU that has AMX. */
#if defined(__AMX_TILE__) && defined(__GNUC__) && !defined(__clang__)
#include <immintrin.h>
static inline void capture_load_tile_config(const void *config) {
	__asm__ volatile("ldtilecfg\t%0" : : "m"(*(const char(*)[64])config));
}
#undef _tile_loadconfig
#define _tile_loadconfig(config) capture_load_tile_config(config)
#endif

# The accelerators that llama.cpp is built for: how each is found, what it needs,
# and what it is linked with.
# shellcheck shell=sh

# The version of the Vulkan headers that llama.cpp's source needs
# (vk::LayerSettingEXT came with 1.3.272).
vulkan_header_needed=272

# choose_backend NAME: the name itself, or for auto the first whose toolkit is
# found. Vulkan is never chosen by itself where its headers are too old.
choose_backend() {
	if [ "$1" != auto ]; then
		echo "$1"
	elif [ "$(uname -s)" = Darwin ]; then
		if [ "$(uname -m)" = arm64 ]; then echo metal; else echo cpu; fi
	elif find_nvcc >/dev/null; then
		echo cuda
	elif find_hipcc >/dev/null; then
		echo hip
	elif command -v glslc >/dev/null 2>&1 && [ "$(vulkan_header)" -ge $vulkan_header_needed ]; then
		echo vulkan
	else
		echo cpu
	fi
}

find_nvcc() {
	command -v "${CUDACXX:-nvcc}" 2>/dev/null || { [ -x "${CUDA_PATH:-/usr/local/cuda}/bin/nvcc" ] && echo "${CUDA_PATH:-/usr/local/cuda}/bin/nvcc"; }
}

find_hipcc() {
	command -v hipcc 2>/dev/null || { [ -x "${ROCM_PATH:-/opt/rocm}/bin/hipcc" ] && echo "${ROCM_PATH:-/opt/rocm}/bin/hipcc"; }
}

# vulkan_header: the third number of the installed headers' version, 0 without any.
vulkan_header() {
	for dir in "${VULKAN_SDK:+$VULKAN_SDK/include}" /usr/include /usr/local/include; do
		[ -f "$dir/vulkan/vulkan_core.h" ] || continue
		# 1.4.N and later are newer than any 1.3.N
		awk '/define VK_HEADER_VERSION_COMPLETE/ { gsub(/[(),]/, " "); minor = $5 }
			/define VK_HEADER_VERSION / { patch = $3 }
			END { print (minor > 3 ? 1000 : 0) + patch }' "$dir/vulkan/vulkan_core.h"
		return
	done
	echo 0
}

# check_backend NAME: stop with what is missing before anything is downloaded.
check_backend() {
	case $1 in
	cpu) ;;
	cuda) find_nvcc >/dev/null || die "BACKEND=cuda: the CUDA compiler (nvcc) is missing" "install the CUDA toolkit (Debian, Ubuntu: apt-get install nvidia-cuda-toolkit), set CUDACXX to its nvcc, or build with BACKEND=cpu" ;;
	hip) find_hipcc >/dev/null || die "BACKEND=hip: the HIP compiler (hipcc) is missing" "install ROCm and set ROCM_PATH to it, or build with BACKEND=cpu" ;;
	vulkan)
		need_tool glslc "BACKEND=vulkan: the shader compiler" "Debian, Ubuntu: apt-get install glslc libvulkan-dev spirv-headers; or build with BACKEND=cpu"
		[ "$(vulkan_header)" -ge $vulkan_header_needed ] ||
			die "BACKEND=vulkan: the Vulkan headers are older than 1.3.$vulkan_header_needed, which llama.cpp needs (found: 1.3.$(vulkan_header))" \
				"install newer ones and set VULKAN_SDK to their folder (docs/accelerators.md), or build with BACKEND=cpu"
		;;
	metal) [ "$(uname -s)" = Darwin ] || die "BACKEND=metal: Metal is only on macOS, this is $(uname -s)" "use BACKEND=vulkan, cuda, hip or cpu" ;;
	*) die "BACKEND=$1 is not known" "use auto, cpu, cuda, hip, vulkan or metal" ;;
	esac
}

# backend_args NAME: the words for CMake. CUDA without VMM and NCCL needs no library
# of the driver, so that the program starts without one, and says what is missing.
backend_args() {
	case $1-$(uname -s) in
	cuda-*) echo -DGGML_CUDA=ON -DGGML_CUDA_NO_VMM=ON -DGGML_CUDA_NCCL=OFF "-DCMAKE_CUDA_COMPILER=$(find_nvcc)" ;;
	hip-*) echo -DGGML_HIP=ON ;;
	vulkan-*) echo -DGGML_VULKAN=ON ${VULKAN_SDK:+"-DVulkan_INCLUDE_DIR=$VULKAN_SDK/include"} ;;
	metal-*) echo -DGGML_METAL=ON -DGGML_METAL_EMBED_LIBRARY=ON ;;
	cpu-Darwin) echo -DGGML_METAL=OFF ;;
	esac
}

# backend_libraries NAME: what a static build is linked with beside llama.cpp's own.
backend_libraries() {
	case $1 in
	cuda) cuda=$(dirname "$(dirname "$(find_nvcc)")"); printf '%s ' "-L$cuda/lib64 -lcudart -lcublas -lcublasLt" ;;
	hip) printf '%s ' "-L${ROCM_PATH:-/opt/rocm}/lib -lamdhip64 -lhipblas -lrocblas" ;;
	vulkan) printf '%s ' "${VULKAN_SDK:+-L$VULKAN_SDK/lib }-lvulkan" ;;
	metal) printf '%s ' "-framework Metal -framework MetalKit" ;;
	esac
	case $(uname -s) in
	Darwin) echo "-lc++ -framework Accelerate -framework Foundation" ;;
	*) echo "-lstdc++ -lm -lpthread -ldl" ;;
	esac
}

import Lake

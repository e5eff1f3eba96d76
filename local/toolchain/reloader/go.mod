module mlops.local/toolchain/reloader

go 1.25.0

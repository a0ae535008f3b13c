# What one types often. Everything here is a plain command that works without `just` as well.

# every check, with nothing but Rust
test:
    tests/run.sh

# every check, with the real components too
real:
    tests/run.sh --real

# review the changed snapshots of reports
snapshots:
    INSTA_UPDATE=always cargo test
    git diff --stat -- tests

# the library's documentation
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --open

# let the real az print the examples again, after a change to tests/real/arm
examples:
    tests/real/install.sh
    AZPREFLIGHT_AZ="${AZPREFLIGHT_REAL_CACHE:-target/real}/venv/bin/az" tests/real/make-examples.sh

# the program as one file without a dynamic linker
static:
    RUSTFLAGS="-C target-feature=+crt-static -C relocation-model=static" cargo build --release --target x86_64-unknown-linux-gnu

# every measurement, beside others that could do the same
bench:
    benches/run.sh

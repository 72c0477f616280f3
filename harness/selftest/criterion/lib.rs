//! Criterion for work written in C.
use criterion::Criterion;
use std::ffi::CStr;
use std::os::raw::{c_char, c_int, c_void};
use std::time::Duration;

/// Measures `call(fixture)` under this name, with Criterion's own defaults but for the times given. The
/// first program saves what it finds; the second, with `compares` not 0, compares and prints a verdict.
///
/// # Safety
/// `name` is a C string, and `call` may be called with `fixture` any number of times.
#[no_mangle]
pub unsafe extern "C" fn criterion_measure(
    name: *const c_char,
    call: unsafe extern "C" fn(*mut c_void),
    fixture: *mut c_void,
    compares: c_int,
    warm_up_s: f64,
    measuring_s: f64,
) {
    let name = CStr::from_ptr(name).to_string_lossy();
    let criterion = Criterion::default()
        .without_plots()
        .warm_up_time(Duration::from_secs_f64(warm_up_s))
        .measurement_time(Duration::from_secs_f64(measuring_s));
    let mut criterion = if compares != 0 {
        criterion.retain_baseline("old".to_string())
    } else {
        criterion.save_baseline("old".to_string())
    };
    criterion.bench_function(&*name, |bencher| bencher.iter(|| call(fixture)));
}

// args: flavor N millis
#[path = "../../common/rt.rs"]
mod rt;
use std::{sync::atomic::{AtomicU64, Ordering}, time::{Duration, Instant}};
static FIRED: AtomicU64 = AtomicU64::new(0);
fn main() {
    let (fl, n, ms) = (rt::arg(1, "ct"), rt::argn(2, 1_000_000), rt::argn(3, 3000));
    rt::run(&fl, async move {
        let t0 = Instant::now();
        let mut v = Vec::with_capacity(n as usize);
        for _ in 0..n {
            v.push(tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                FIRED.fetch_add(1, Ordering::Relaxed);
            }));
        }
        let e = FIRED.load(Ordering::Relaxed);
        if e != 0 { eprintln!("EARLY {e}"); }
        for h in v { h.await.unwrap(); }
        let dt = t0.elapsed().as_secs_f64();
        rt::checksum(FIRED.load(Ordering::Relaxed) as i64);
        rt::report("sleepers", dt, "s");
    });
}

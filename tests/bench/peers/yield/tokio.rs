// args: flavor(ct|mtN) mode(yield|wake) ntasks total
// yield = tokio::task::yield_now, wake = plain self-wake (wake_by_ref + Pending).
#[path = "../../common/rt.rs"]
mod rt;
use std::sync::atomic::{AtomicU64, Ordering};
static HITS: AtomicU64 = AtomicU64::new(0);
fn main() {
    let (fl, mode, n, total) = (rt::arg(1, "ct"), rt::arg(2, "yield"), rt::argn(3, 1), rt::argn(4, 20_000_000));
    let per = total / n;
    rt::run(&fl, async move {
        let t0 = std::time::Instant::now();
        let mut v = Vec::new();
        for _ in 0..n {
            v.push(if mode == "yield" {
                tokio::spawn(async move {
                    let mut h = 0;
                    for _ in 0..per { h += 1; tokio::task::yield_now().await; }
                    HITS.fetch_add(h, Ordering::Relaxed);
                })
            } else {
                tokio::spawn(async move {
                    let mut h = 0;
                    for _ in 0..per { h += 1; rt::selfwake().await; }
                    HITS.fetch_add(h, Ordering::Relaxed);
                })
            });
        }
        for j in v { j.await.unwrap(); }
        let dt = t0.elapsed().as_secs_f64();
        rt::checksum(HITS.load(Ordering::Relaxed) as i64);
        rt::report(&format!("yield{n}"), dt / (per * n) as f64 * 1e9, "ns/yield");
    });
}

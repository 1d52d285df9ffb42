// args: flavor held|wake|free ntasks total.  held = tokio's yield_now inside the section, wake = a plain self-wake there.
#[path = "../../common/rt.rs"]
mod rt;
use std::sync::Arc;
use tokio::sync::Mutex;
fn main() {
    let (fl, md, k, total) = (rt::arg(1, "ct"), rt::arg(2, "held"), rt::argn(3, 1000), rt::argn(4, 1_000_000));
    let per = total / k;
    rt::run(&fl, async move {
        let m = Arc::new(Mutex::new(0u64));
        let t0 = std::time::Instant::now();
        let mut v = Vec::new();
        for _ in 0..k {
            let m = m.clone();
            let mode = match &md[..] { "held" => 0, "wake" => 1, _ => 2 };
            v.push(tokio::spawn(async move {
                for _ in 0..per {
                    let mut g = m.lock().await;
                    match mode { 0 => tokio::task::yield_now().await, 1 => rt::selfwake().await, _ => {} }
                    *g += 1;
                }
            }));
        }
        for h in v { h.await.unwrap(); }
        let dt = t0.elapsed().as_secs_f64();
        let c = *m.lock().await;
        rt::checksum(c as i64);
        rt::report(if md == "free" { "mutexfree" } else { "mutexheld" }, dt / c as f64 * 1e9, "ns/lock");
    });
}

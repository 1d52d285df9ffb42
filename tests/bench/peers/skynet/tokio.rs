// args: flavor leaves
#[path = "../../common/rt.rs"]
mod rt;
use std::{future::Future, pin::Pin};
fn sky(num: u64, size: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    Box::pin(async move {
        if size == 1 { return num; }
        let s = size / 10;
        let mut v = Vec::with_capacity(10);
        for i in 0..10 { v.push(tokio::spawn(sky(num + i * s, s))); }
        let mut acc = 0;
        for h in v { acc += h.await.unwrap(); }
        acc
    })
}
fn main() {
    let (fl, n) = (rt::arg(1, "ct"), rt::argn(2, 1_000_000));
    rt::run(&fl, async move {
        let t0 = std::time::Instant::now();
        let r = sky(0, n).await;
        let dt = t0.elapsed().as_secs_f64();
        rt::checksum(r as i64);
        rt::report("skynet", dt * 1e3, "ms");
    });
}

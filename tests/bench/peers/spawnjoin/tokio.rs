// args: flavor seq|all N
#[path = "../../common/rt.rs"]
mod rt;
use std::hint::black_box;
async fn empty() -> u64 { black_box(1) }
fn main() {
    let (fl, m, n) = (rt::arg(1, "ct"), rt::arg(2, "seq"), rt::argn(3, 1_000_000));
    rt::run(&fl, async move {
        let t0 = std::time::Instant::now();
        let mut acc = 0;
        if m == "seq" {
            for _ in 0..n { acc += tokio::spawn(empty()).await.unwrap(); }
        } else {
            let mut v = Vec::with_capacity(n as usize);
            for _ in 0..n { v.push(tokio::spawn(empty())); }
            for h in v { acc += h.await.unwrap(); }
        }
        let dt = t0.elapsed().as_secs_f64();
        rt::checksum(acc as i64);
        rt::report(if m == "seq" { "spawnjoin" } else { "spawnall" }, dt / n as f64 * 1e9, "ns/task");
    });
}

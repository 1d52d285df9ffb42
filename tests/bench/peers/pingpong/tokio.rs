// args: flavor pp|mpmc N.  pp = tokio::sync::mpsc of capacity 1; mpmc = async-channel (tokio has no mpmc).
#[path = "../../common/rt.rs"]
mod rt;
use tokio::sync::mpsc;
fn main() {
    let (fl, m, n) = (rt::arg(1, "ct"), rt::arg(2, "pp"), rt::argn(3, 5_000_000));
    rt::run(&fl, async move {
        let t0 = std::time::Instant::now();
        let mut acc = 0;
        if m == "pp" {
            let ((ta, mut ra), (tb, mut rb)) = (mpsc::channel::<u64>(1), mpsc::channel::<u64>(1));
            let p = tokio::spawn(async move {
                let mut s = 0;
                for i in 0..n { ta.send(i).await.unwrap(); s += rb.recv().await.unwrap(); }
                s
            });
            let q = tokio::spawn(async move {
                let mut s = 0;
                for _ in 0..n { let v = ra.recv().await.unwrap(); s += v; tb.send(v + 1).await.unwrap(); }
                s
            });
            acc += p.await.unwrap() + q.await.unwrap();
        } else {
            let (tx, rx) = async_channel::bounded::<u64>(64);
            let mut v = Vec::new();
            for _ in 0..4 {
                let (tx, rx) = (tx.clone(), rx.clone());
                v.push(tokio::spawn(async move { for i in 0..n / 4 { tx.send(i).await.unwrap(); } 0 }));
                v.push(tokio::spawn(async move { let mut s = 0; for _ in 0..n / 4 { s += rx.recv().await.unwrap(); } s }));
            }
            for h in v { acc += h.await.unwrap(); }
        }
        let dt = t0.elapsed().as_secs_f64();
        rt::checksum(acc as i64);
        if m == "pp" { rt::report("pingpong", dt / n as f64 * 1e9, "ns/roundtrip") } else { rt::report("mpmc", dt / n as f64 * 1e9, "ns/msg") }
    });
}

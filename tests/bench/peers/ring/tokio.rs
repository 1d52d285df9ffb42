// args: flavor N
#[path = "../../common/rt.rs"]
mod rt;
use tokio::sync::{mpsc, oneshot};
fn main() {
    let (fl, n) = (rt::arg(1, "ct"), rt::argn(2, 10_000_000));
    rt::run(&fl, async move {
        const P: usize = 503;
        let (mut tx, mut rx) = (Vec::new(), Vec::new());
        for _ in 0..P { let (t, r) = mpsc::channel::<u64>(1); tx.push(t); rx.push(r); }
        let (dt, dr) = oneshot::channel();
        let mut dt = Some(dt);
        let mut dts: Vec<Option<oneshot::Sender<usize>>> = (0..P).map(|_| None).collect();
        let win = n as usize % P; // who gets the zero
        dts[win] = dt.take();
        let first = tx[0].clone();
        for (i, mut r) in rx.into_iter().enumerate() {
            let t = tx[(i + 1) % P].clone();
            let mut d = dts[i].take();
            tokio::spawn(async move {
                while let Some(v) = r.recv().await {
                    if v == 0 { let _ = d.take().unwrap().send(i + 1); return; }
                    if t.send(v - 1).await.is_err() { return; }
                }
            });
        }
        let t0 = std::time::Instant::now();
        first.send(n).await.unwrap();
        let w = dr.await.unwrap();
        let dt = t0.elapsed().as_secs_f64();
        rt::checksum(w as i64);
        rt::report("ring", dt / n as f64 * 1e9, "ns/hop");
    });
}

// args: flavor port
#[path = "../../common/rt.rs"]
mod rt;
use tokio::{io::{AsyncReadExt, AsyncWriteExt}, net::TcpListener};
fn main() {
    let (fl, port) = (rt::arg(1, "ct"), rt::argn(2, 7000) as u16);
    rt::run(&fl, async move {
        let l = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        loop {
            let Ok((mut s, _)) = l.accept().await else { continue };
            let _ = s.set_nodelay(true);
            tokio::spawn(async move {
                let mut b = [0u8; 1024];
                loop {
                    match s.read(&mut b).await {
                        Ok(n) if n > 0 => if s.write_all(&b[..n]).await.is_err() { return },
                        _ => return,
                    }
                }
            });
        }
    });
}

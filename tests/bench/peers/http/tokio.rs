// hyper. args: flavor port
#[path = "../../common/rt.rs"]
mod rt;
use hyper::{service::{make_service_fn, service_fn}, Body, Request, Response, Server};
use std::convert::Infallible;

async fn hello(req: Request<Body>) -> Result<Response<Body>, Infallible> {
    let found = req.uri().path() == "/";
    Ok(Response::builder()
        .status(if found { 200 } else { 404 })
        .header("Content-Type", "text/plain")
        .body(Body::from(if found { "Hello, World!" } else { "404 Not Found" }))
        .unwrap())
}

fn main() {
    let (flavor, port) = (rt::arg(1, "ct"), rt::argn(2, 7000) as u16);
    rt::run(&flavor, async move {
        let service = make_service_fn(|_| async { Ok::<_, Infallible>(service_fn(hello)) });
        Server::bind(&([127, 0, 0, 1], port).into()).tcp_nodelay(true).serve(service).await.unwrap();
    });
}

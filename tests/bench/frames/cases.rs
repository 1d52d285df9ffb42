// The functions of cases.ac in Rust; prints the size of each future. Built by frames.sh where rustc is installed:
//     rustc --edition 2021 -O -A warnings cases.rs
// rustc-1.95.txt holds what it printed. A yield is what it is in every runtime: a future with one flag.
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

struct Yield(bool);
impl Future for Yield {
    type Output = i32;
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<i32> {
        if self.0 { return Poll::Ready(0); }
        self.0 = true;
        Poll::Pending
    }
}
fn yield_now() -> Yield { Yield(false) }
fn fill(b: &mut [u8]) -> i32 { b[0] = 1; b.len() as i32 }
fn sum(b: &[u8]) -> i32 { b.iter().map(|x| *x as i32).sum() }

#[derive(Clone, Copy)]
pub struct Kib { bytes: [u8; 1024] }

async fn leaf(x: i32) -> i32 { yield_now().await + x }
async fn one_await(x: i32) -> i32 { leaf(x).await }
async fn dead_kib(x: i32) -> i32 {
    let n = { let mut buf = [0u8; 1024]; fill(&mut buf) };
    leaf(x + n).await
}
async fn disjoint_kib(x: i32) -> i32 {
    let mut r = 0;
    { let mut a = [0u8; 1024]; fill(&mut a); r += leaf(x).await; r += sum(&a); }
    { let mut b = [0u8; 1024]; fill(&mut b); r += leaf(x).await; r += sum(&b); }
    r
}
async fn sum_of_two(x: i32, y: i32) -> i32 { leaf(x).await + leaf(y).await }
async fn level_2(x: i32) -> i32 { leaf(x).await + 1 }
async fn level_3(x: i32) -> i32 { level_2(x).await + 1 }
async fn kib_param(k: Kib, x: i32) -> i32 { let r = leaf(x).await; r + sum(&k.bytes) }
async fn loop_sum(n: i32) -> i64 {
    let mut total = 0i64;
    for i in 0..n { total += leaf(i).await as i64; }
    total
}
async fn branches(x: i32) -> i32 {
    if x > 0 { let mut a = [0u8; 256]; fill(&mut a); leaf(x).await + sum(&a) }
    else { let mut b = [0u8; 512]; fill(&mut b); leaf(-x).await + sum(&b) }
}

fn main() {
    let k = Kib { bytes: [0; 1024] };
    macro_rules! size { ($($name:ident($($arg:expr),*)),*) => { $(println!("{} {}", stringify!($name), std::mem::size_of_val(&$name($($arg),*)));)* } }
    size!(leaf(1), one_await(1), dead_kib(1), disjoint_kib(1), sum_of_two(1, 2), level_2(1), level_3(1), kib_param(k, 1), loop_sum(1), branches(1));
}

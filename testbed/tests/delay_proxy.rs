//! The slow network.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    thread::spawn,
    time::{Duration, Instant},
};

use testbed::DelayProxy;

/// Sends back all that it is sent.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            spawn(move || std::io::copy(&mut stream.try_clone().unwrap(), &mut stream));
        }
    });
    address
}

/// How long a byte takes there and back.
fn round_trip(stream: &mut TcpStream) -> Duration {
    let start = Instant::now();
    stream.write_all(b"x").unwrap();
    stream.read_exact(&mut [0]).unwrap();
    start.elapsed()
}

#[test]
fn each_way_takes_the_delay() {
    let proxy = DelayProxy::start(echo());
    let mut stream = TcpStream::connect(proxy.address()).unwrap();
    round_trip(&mut stream);
    proxy.set_delay(Duration::from_millis(50));
    let slow = round_trip(&mut stream);
    assert!((100..1000).contains(&slow.as_millis()), "{slow:?}");
    proxy.set_delay(Duration::ZERO);
    let fast = round_trip(&mut stream);
    assert!(fast < slow, "{fast:?}");
}

#[test]
fn a_delay_does_not_limit_what_gets_through() {
    let proxy = DelayProxy::start(echo());
    proxy.set_delay(Duration::from_millis(20));
    let mut stream = TcpStream::connect(proxy.address()).unwrap();
    let data: Vec<u8> = (0..5_000_000_u32).map(|index| index.to_le_bytes()[0]).collect();
    let mut sender = stream.try_clone().unwrap();
    let sent = data.clone();
    spawn(move || {
        sender.write_all(&sent).unwrap();
        sender.shutdown(std::net::Shutdown::Write).unwrap();
    });
    let mut received = Vec::new();
    let start = Instant::now();
    stream.read_to_end(&mut received).unwrap();
    assert!(received == data);
    // One chunk of 64 KiB after the other would take more than three seconds.
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

#[test]
fn a_cut_drops_and_refuses_until_it_is_mended() {
    let proxy = DelayProxy::start(echo());
    let mut stream = TcpStream::connect(proxy.address()).unwrap();
    round_trip(&mut stream);
    proxy.cut();
    assert!(matches!(stream.read(&mut [0]), Ok(0) | Err(_)));
    assert!(TcpStream::connect(proxy.address()).is_err());
    proxy.mend();
    round_trip(&mut TcpStream::connect(proxy.address()).unwrap());
}

//! Threads of their own for what keeps a processor busy: passwords, mostly those of an attacker.

use std::{
    io,
    num::NonZero,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use rustix::process::nice;
use tokio::sync::oneshot;

/// A few threads, which work when nobody else wants the processor, and a bounded queue before them.
#[derive(Clone, Debug)]
pub(crate) struct Threads(SyncSender<Job>);

type Job = Box<dyn FnOnce() + Send>;

/// More waits already than can be done in good time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// The lowest priority there is: while others are ready to run, they get 98 of 100 turns.
const NICE: i32 = 19;

impl Threads {
    /// Half as many threads as there are processors, before which `queue` jobs may wait.
    ///
    /// # Errors
    ///
    /// When the operating system has no more threads.
    pub(crate) fn start(queue: usize) -> io::Result<Self> {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        Self::start_some((processors / 2).max(1), queue)
    }

    pub(crate) fn start_some(threads: usize, queue: usize) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(queue);
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..threads {
            let receiver = Arc::clone(&receiver);
            thread::Builder::new().name("password".to_owned()).spawn(move || work(&receiver))?;
        }
        Ok(Self(sender))
    }

    /// What `work` returns. It is left undone if nobody waits for it any more when its turn comes.
    ///
    /// # Errors
    ///
    /// When the queue is full, at once.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Full> {
        let (answer, answered) = oneshot::channel();
        let job = move || {
            if !answer.is_closed() {
                // Or nobody waits since a moment ago.
                answer.send(work()).ok();
            }
        };
        self.0.try_send(Box::new(job)).map_err(|_| Full)?;
        answered.await.map_err(|_| Full)
    }
}

/// Does what is in the queue, until there is nobody left to put anything there.
fn work(queue: &Mutex<Receiver<Job>>) {
    // On Linux, this thread's alone.
    if let Err(error) = nice(NICE) {
        log::warn!("passwords are hashed at the usual priority: {error}");
    }
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        job();
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::{
        fs,
        sync::atomic::{AtomicBool, Ordering},
    };

    use super::*;

    /// A job that does not end before the returned sender is dropped.
    pub(crate) async fn occupy(threads: &Threads) -> std::sync::mpsc::Sender<()> {
        let (release, released) = std::sync::mpsc::channel::<()>();
        let (begin, started) = oneshot::channel();
        let threads = threads.clone();
        tokio::spawn(async move {
            let work = move || {
                begin.send(()).unwrap();
                released.recv().ok();
            };
            threads.run(work).await
        });
        started.await.unwrap();
        release
    }

    #[tokio::test]
    async fn what_is_too_much_is_refused_at_once_and_the_rest_done_in_turn() {
        let threads = Threads::start_some(1, 1).unwrap();
        let release = occupy(&threads).await;
        let waiting = tokio::spawn({
            let threads = threads.clone();
            async move { threads.run(|| 5).await }
        });
        tokio::task::yield_now().await;
        assert_eq!(threads.run(|| 6).await, Err(Full));
        drop(release);
        assert_eq!(waiting.await.unwrap(), Ok(5));
        assert_eq!(threads.run(|| 6).await, Ok(6));
    }

    #[tokio::test]
    async fn nothing_is_done_for_who_has_gone() {
        let threads = Threads::start_some(1, 2).unwrap();
        let release = occupy(&threads).await;
        let done = Arc::new(AtomicBool::new(false));
        let gone = tokio::spawn({
            let (threads, done) = (threads.clone(), Arc::clone(&done));
            async move { threads.run(move || done.store(true, Ordering::Relaxed)).await }
        });
        tokio::task::yield_now().await;
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        drop(release);
        assert_eq!(threads.run(|| 5).await, Ok(5), "its turn came after that of who has gone");
        assert!(!done.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn the_threads_have_the_lowest_priority_and_others_keep_theirs() {
        let nice = || {
            let stat = fs::read_to_string("/proc/thread-self/stat").unwrap();
            let (_, fields) = stat.rsplit_once(") ").unwrap();
            // Field 19 of proc(5).
            fields.split(' ').nth(16).unwrap().parse::<i32>().unwrap()
        };
        let before = nice();
        let threads = Threads::start_some(1, 1).unwrap();
        assert_eq!(threads.run(nice).await, Ok(NICE));
        assert_eq!(nice(), before);
    }
}

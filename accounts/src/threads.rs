//! Threads of their own for what keeps a processor busy: passwords, mostly those of an attacker.

use std::{
    io,
    num::NonZero,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::timeout,
};

/// A few threads, which work when nobody else wants the processor, and the places before them.
#[derive(Clone, Debug)]
pub(crate) struct Threads {
    queue: Sender<Job>,
    places: Arc<Semaphore>,
}

/// A place before the threads, given back when its work is done.
#[derive(Debug)]
pub(crate) struct Place {
    queue: Sender<Job>,
    permit: OwnedSemaphorePermit,
}

type Job = Box<dyn FnOnce() + Send>;

/// More waits already than can be done in good time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// Nobody waits for longer. Others may have the processors to themselves for that long.
const PATIENCE: Duration = Duration::from_secs(15);

impl Threads {
    /// Half as many threads as there are processors, and `waiting` places more than threads.
    ///
    /// # Errors
    ///
    /// When the operating system has no more threads.
    pub(crate) fn start(waiting: usize) -> io::Result<Self> {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        Self::start_some((processors / 2).max(1), waiting)
    }

    pub(crate) fn start_some(threads: usize, waiting: usize) -> io::Result<Self> {
        let (queue, receiver) = channel();
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..threads {
            let receiver = Arc::clone(&receiver);
            thread::Builder::new().name("password".to_owned()).spawn(move || work(&receiver))?;
        }
        Ok(Self { queue, places: Arc::new(Semaphore::new(threads + waiting)) })
    }

    /// A place, to be taken before anything else is done for who asks.
    ///
    /// # Errors
    ///
    /// When all are taken.
    pub(crate) fn place(&self) -> Result<Place, Full> {
        let permit = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Full)?;
        Ok(Place { queue: self.queue.clone(), permit })
    }
}

impl Place {
    /// What `work` returns. It is left undone if nobody waits for it any more when its turn comes.
    ///
    /// # Errors
    ///
    /// When its turn does not come in good time.
    pub(crate) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Full> {
        let (answer, answered) = oneshot::channel();
        let Self { queue, permit } = self;
        let job = move || {
            if !answer.is_closed() {
                let done = work();
                drop(permit);
                // Or nobody waits since a moment ago.
                answer.send(done).ok();
            }
        };
        queue.send(Box::new(job)).map_err(|_| Full)?;
        timeout(PATIENCE, answered).await.map_err(|_| Full)?.map_err(|_| Full)
    }
}

/// Does what is in the queue, until there is nobody left to put anything there.
fn work(queue: &Mutex<Receiver<Job>>) {
    if let Err(error) = give_way() {
        log::warn!("passwords are hashed at the usual priority: {error}");
    }
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        job();
    }
}

/// From now on this thread runs when no other wants the processor. At a mere low priority it would
/// still end its turn of some milliseconds while a heartbeat waits.
#[cfg(target_os = "linux")]
fn give_way() -> Result<(), String> {
    use thread_priority::{
        NormalThreadSchedulePolicy::Idle, ThreadPriority::Min, ThreadSchedulePolicy::Normal,
        set_thread_priority_and_policy, thread_native_id,
    };
    let lowered = set_thread_priority_and_policy(thread_native_id(), Min, Normal(Idle));
    lowered.map_err(|error| format!("{error:?}"))
}

/// Elsewhere a priority is that of the whole process.
#[cfg(not(target_os = "linux"))]
fn give_way() -> Result<(), String> {
    Ok(())
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
        let place = threads.place().unwrap();
        tokio::spawn(place.run(move || {
            begin.send(()).unwrap();
            released.recv().ok();
        }));
        started.await.unwrap();
        release
    }

    #[tokio::test]
    async fn what_is_too_much_is_refused_at_once_and_the_rest_done_in_turn() {
        let threads = Threads::start_some(1, 1).unwrap();
        let release = occupy(&threads).await;
        let waiting = tokio::spawn(threads.place().unwrap().run(|| 5));
        assert_eq!(threads.place().unwrap_err(), Full);
        drop(release);
        assert_eq!(waiting.await.unwrap(), Ok(5));
        assert_eq!(threads.place().unwrap().run(|| 6).await, Ok(6));
    }

    #[tokio::test]
    async fn nothing_is_done_for_who_has_gone() {
        let threads = Threads::start_some(1, 2).unwrap();
        let release = occupy(&threads).await;
        let done = Arc::new(AtomicBool::new(false));
        let gone = tokio::spawn({
            let (place, done) = (threads.place().unwrap(), Arc::clone(&done));
            place.run(move || done.store(true, Ordering::Relaxed))
        });
        tokio::task::yield_now().await;
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        let last = threads.place().unwrap();
        assert_eq!(threads.place().unwrap_err(), Full, "what is in the queue has its place");
        drop(release);
        assert_eq!(last.run(|| 5).await, Ok(5), "its turn came after that of who has gone");
        assert!(!done.load(Ordering::Relaxed));
        threads.place().unwrap();
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let threads = Threads::start_some(1, 1).unwrap();
        let release = occupy(&threads).await;
        let place = threads.place().unwrap();
        tokio::time::pause();
        assert_eq!(place.run(|| 5).await, Err(Full));
        drop(release);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_threads_give_way_to_all_others() {
        let policy = || {
            let stat = fs::read_to_string("/proc/thread-self/stat").unwrap();
            let (_, fields) = stat.rsplit_once(") ").unwrap();
            // Field 41 of proc(5): 5 is SCHED_IDLE.
            fields.split(' ').nth(38).unwrap().to_owned()
        };
        let before = policy();
        let threads = Threads::start_some(1, 1).unwrap();
        assert_eq!(threads.place().unwrap().run(policy).await, Ok("5".to_owned()));
        assert_eq!(policy(), before);
    }
}

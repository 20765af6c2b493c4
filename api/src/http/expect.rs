//! `Expect: 100-continue` (RFC 9110, 10.1.1): a client that asks before it sends its body is told to
//! go on once somebody wants that body. Who is refused by the head alone hears that at once.

use std::{
    cell::Cell,
    future::poll_fn,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
};

use actix_http::{
    BoxedPayloadStream, ConnectionType, HttpMessage, Payload, Request, Response,
    body::{BoxBody, MessageBody},
    error::PayloadError,
};
use actix_service::Service;
use actix_web::{HttpResponse, dev::ServiceResponse, web::Bytes};
use futures::{Stream, future::Either};

use crate::connections::Connection;

type Answer<B> = Result<ServiceResponse<B>, HttpResponse>;

/// A request that is being answered, and got to where its body is wanted.
struct Begun<B>(Pin<Box<dyn Future<Output = Answer<B>>>>);

/// A body, and whether somebody has asked for it.
struct Body {
    payload: Payload<BoxedPayloadStream>,
    wanted: Rc<Cell<bool>>,
}

impl Stream for Body {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.wanted.set(true);
        Pin::new(&mut self.payload).poll_next(cx)
    }
}

/// Has `app` answer `request`, up to where it wants the body. Then the client is told to send it, and
/// [`serve`] is given what this returns.
///
/// # Errors
///
/// The answer, if there is one without the body.
pub(crate) async fn begin<S, B>(
    app: Rc<S>,
    mut request: Request,
) -> Result<Request, Response<BoxBody>>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = HttpResponse>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    let connection = request.conn_data::<Arc<Connection>>().cloned();
    let (payload, wanted) = (request.take_payload(), Rc::new(Cell::new(false)));
    let body: BoxedPayloadStream = Box::pin(Body { payload, wanted: Rc::clone(&wanted) });
    *request.payload() = Payload::Stream { payload: body };
    let mut answer: Pin<Box<dyn Future<Output = Answer<B>>>> = Box::pin(app.call(request));
    let without_body = poll_fn(|cx| match answer.as_mut().poll(cx) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending if wanted.get() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    });
    let mut early: Response<BoxBody> = match without_body.await {
        Some(Ok(answer)) => answer.map_into_boxed_body().into(),
        Some(Err(answer)) => answer.into(),
        None => {
            let request = Request::new();
            request.extensions_mut().insert(Begun(answer));
            return Ok(request);
        }
    };
    // Whether the body comes after all nobody knows, nor where the next request would begin.
    early.head_mut().set_connection_type(ConnectionType::Close);
    if let Some(connection) = connection {
        connection.answer(true);
    }
    Err(early)
}

/// Has `app` answer `request`, or goes on with what [`begin`] began.
pub(crate) fn serve<S, B>(app: &S, request: Request) -> impl Future<Output = Answer<B>> + use<S, B>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = HttpResponse>,
    B: 'static,
{
    let begun = request.extensions_mut().remove::<Begun<B>>();
    match begun {
        Some(Begun(answer)) => Either::Left(answer),
        None => Either::Right(app.call(request)),
    }
}

// Orders for OneBox, whose API takes them as parameters of a request (https://1b.app/en/api/orders). The order's code is
// unique there, so a repeat of a request whose answer was lost is told apart from a new order.

import { BpmnError, Failure, config, credential, definePlugin, http } from 'hosk-plugin';

const text = { type: 'string', minLength: 1 };

const order = {
  type: 'object',
  required: ['orderCode', 'lines'],
  properties: {
    orderCode: { ...text, title: 'Order', description: 'Unique in OneBox', maxLength: 64 },
    clientCode: { type: 'string', title: 'Client' },
    clientName: { type: 'string', title: 'Name of the client' },
    clientEmail: { type: 'string', title: 'E-mail of the client' },
    clientAddress: { type: 'string', title: 'Address of the client' },
    workflow: { type: 'string', title: 'Business process', description: 'Of OneBox; empty: the usual one' },
    comment: { type: 'string', title: 'Comment', 'x-multiline': true },
    lines: {
      type: 'array',
      title: 'Lines',
      minItems: 1,
      maxItems: 500,
      items: {
        type: 'object',
        required: ['product', 'quantity', 'unitPrice'],
        properties: {
          product: text,
          name: { type: 'string' },
          quantity: { type: 'number', exclusiveMinimum: 0 },
          unitPrice: { type: 'number', minimum: 0 },
        },
      },
    },
  },
};

/** Parameters of the request, without those that are not there. */
function parameters(input) {
  const sum = input.lines.reduce((sum, line) => sum + line.quantity * line.unitPrice, 0);
  const form = {
    login: config.settings().login,
    ordercode: input.orderCode,
    clientcode: input.clientCode,
    clientnamefirst: input.clientName,
    clientemail: input.clientEmail,
    clientaddress: input.clientAddress,
    workflowname: input.workflow,
    comments: input.comment,
    sum: Number(sum.toFixed(2)),
  };
  input.lines.forEach((line, at) => {
    form[`productArray[${at}][id]`] = line.product;
    form[`productArray[${at}][name]`] = line.name ?? line.product;
    form[`productArray[${at}][price]`] = line.unitPrice;
    form[`productArray[${at}][count]`] = line.quantity;
  });
  return Object.entries(form)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
}

function createOrder(input, call) {
  if (!config.settings().login) {
    throw new Failure('invalid-input', 'the connection has no setting `login`: the user of OneBox for the API');
  }
  const answer = http
    .post('/api/orders/add/', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: parameters(input),
      credentials: [credential.query('password', '{{secrets.PASSWORD}}')],
    })
    .orFail()
    .json();
  const id = answer.orderid ?? answer.id;
  if (id !== undefined) return { orderCode: input.orderCode, orderId: String(id), repeated: false };
  const told = String(answer.error ?? answer.message ?? JSON.stringify(answer));
  if (/exist/i.test(told)) {
    // Our own first attempt may have come through although its answer was lost.
    if (call.attempt > 1) return { orderCode: input.orderCode, orderId: null, repeated: true };
    throw new BpmnError('ORDER_EXISTS', `OneBox has an order ${input.orderCode} already`, {
      orderCode: input.orderCode,
    });
  }
  if (/login|password|access/i.test(told)) throw new Failure('unauthorized', `OneBox refused: ${told}`);
  throw new Failure('permanent', `OneBox refused: ${told}`);
}

export const plugin = definePlugin({
  id: 'erp-onebox',
  version: 1,
  title: 'OneBox',
  operations: {
    'create-order': {
      title: 'Create order',
      description: 'Adds an order with its lines; OneBox makes the client when it is new.',
      delivery: 'keyed',
      input: order,
      output: {
        type: 'object',
        required: ['orderCode', 'repeated'],
        properties: {
          orderCode: { type: 'string' },
          orderId: { type: ['string', 'null'], description: 'Of OneBox; null when an earlier attempt made it' },
          repeated: { type: 'boolean' },
        },
      },
      errors: [{ code: 'ORDER_EXISTS', meaning: 'OneBox has an order of this code already' }],
      capabilities: { network: true, secrets: ['PASSWORD'] },
      run: createOrder,
    },
  },
});

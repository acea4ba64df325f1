// Signing in with the code that goes to a phone number, for the consoles with Ant Design.
import { Button, Card, Form, Input } from 'antd';
import { useState } from 'react';
import { sendCode } from './session.js';

export function SignIn({ onCode }) {
  const [form] = Form.useForm();
  const [flow, setFlow] = useState();
  const submit = async ({ phone, code }) => {
    try {
      if (flow) await onCode({ flow, code });
      else setFlow(await sendCode(phone));
    } catch ({ message }) {
      form.setFields([{ name: flow ? 'code' : 'phone', errors: [message] }]);
    }
  };
  return (
    <Card title="Sign in" style={{ width: 360, margin: '96px auto' }}>
      <Form form={form} layout="vertical" onFinish={submit}>
        <Form.Item name="phone" label="Phone number"><Input disabled={flow} /></Form.Item>
        {flow && (
          <Form.Item name="code" label="Code"><Input data-flow={flow} autoComplete="one-time-code" /></Form.Item>
        )}
        <Button type="primary" htmlType="submit" block>{flow ? 'Sign in' : 'Send a code'}</Button>
      </Form>
    </Card>
  );
}

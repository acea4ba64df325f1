const texts = {
  zh: {
    lang: 'zh-CN',
    examples: '示例',
    intro: '点一个示例，它会在新标签页打开，并带上当前标签页的请求头。登录后，示例会自动填入您机构里的 ID。',
    beyond: '您现在的权限不能使用它的全部字段',
    useToken: '把刚得到的令牌放进每个标签页的请求头',
    sameHeaders: '把当前标签页的请求头用到每个标签页',
    welcome: [
      '# 欢迎使用 Deputy',
      '# “示例”里有每个操作。',
      '# 1. 运行它，取得 flow；',
      '#    验证码在服务器日志里',
      '#    （用 --demo 启动时）。',
      '# 2. 打开“用验证码登录”，',
      '#    填入验证码，运行。',
      '# 3. 点“示例”里出现的按钮，',
      '#    或在 Headers 里写：',
      '#    {"Authorization":',
      '#     "Bearer …"}',
      '',
    ].join('\n'),
  },
  en: {
    lang: 'en',
    examples: 'Examples',
    intro:
      "An example opens in a new tab and takes this tab's headers along. Once you are signed in, ids of your org are filled in.",
    beyond: 'You may not use all of its fields with the roles you have',
    useToken: "Put the token just received into every tab's headers",
    sameHeaders: "Use this tab's headers in every tab",
    welcome: [
      '# Welcome to Deputy',
      '# Examples has one of every',
      '# operation.',
      '# 1. Run this for a flow. The',
      '#    code is in the log of',
      '#    the server (--demo).',
      '# 2. Open "Sign in with the',
      '#    code", fill it in, run.',
      '# 3. Press the button that',
      '#    Examples shows then, or',
      '#    write in Headers:',
      '#    {"Authorization":',
      '#     "Bearer …"}',
      '',
    ].join('\n'),
  },
};

export const language = navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
export const text = texts[language];
